import { Link, useParams } from "react-router";
import { useRoles } from "../../shared/api/session";
import type { CameraDetail } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Badge, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useCamera } from "./api/detail";
import { AccessPanel } from "./AccessPanel";
import { CameraActs } from "./CameraActs";
import { DecodersPanel } from "./DecodersPanel";
import { EvidencePanel } from "./EvidencePanel";
import { ExceptionsPanel } from "./ExceptionsPanel";
import { PapersPanel } from "./PapersPanel";
import { PurposePanel } from "./PurposePanel";
import { Reasons } from "./Reasons";
import { SetUpPanel } from "./SetUpPanel";
import { StreamsPanel } from "./StreamsPanel";
import { clockError, outcomeAdvice, outcomeMeaning, outcomeName, outcomeTone, stateName, stateTone } from "./verdict";

export function CameraPage() {
  const { id = "" } = useParams();
  const camera = useCamera(id);
  const manages = useRoles().includes("administrator");
  return (
    <Page title={<><Link to="/cameras" className="crumb">Cameras</Link><span className="crumb quiet" aria-hidden="true"> / </span>{camera.data?.name ?? ""}</>} actions={manages && camera.data !== undefined ? <CameraActs camera={camera.data} /> : undefined}>
      <Loaded of={camera} what="the camera" lines={10}>{(found) => <Detail camera={found} />}</Loaded>
    </Page>
  );
}

function Detail({ camera }: { camera: CameraDetail }) {
  return (
    <>
      <VerdictPanel camera={camera} />
      <DecodersPanel camera={camera} />
      <div className="columns">
        <Device camera={camera} />
        <StreamsPanel camera={camera} />
      </div>
      <SetUpPanel camera={camera} />
      <AccessPanel camera={camera} />
      <PapersPanel camera={camera} />
      <ExceptionsPanel camera={camera} />
      <PurposePanel camera={camera} />
      <EvidencePanel camera={camera} />
    </>
  );
}

/** The verdict, what it means, why, and what is missing. */
function VerdictPanel({ camera }: { camera: CameraDetail }) {
  const advice = outcomeAdvice[camera.outcome];
  return (
    <section className={`panel verdict camera-${camera.outcome}`} aria-label="Verdict">
      <div className="row">
        <Badge tone={outcomeTone[camera.outcome]}>{outcomeName[camera.outcome]}</Badge>
        {camera.state === "not_accepted" ? null : <Badge tone={stateTone[camera.state]}>{stateName[camera.state]}</Badge>}
      </div>
      <p className="verdict-words">{camera.state_words}</p>
      <p>{outcomeMeaning[camera.outcome]}</p>
      {advice === null ? null : <p><strong>What to do.</strong> {advice}</p>}
      {camera.missing.length === 0 ? null : (
        <div>
          <h2>What is missing</h2>
          <ul className="bullets">{camera.missing.map((words) => <li key={words}>{words}</li>)}</ul>
        </div>
      )}
      <div>
        <h2>Why</h2>
        <Reasons reasons={camera.all_reasons} rules />
      </div>
      <p className="small quiet">Judged <When at={camera.judged_90k} />{camera.lists.length === 0 ? "" : `, by ${camera.lists.join(", ")}`}.</p>
    </section>
  );
}

function Device({ camera }: { camera: CameraDetail }) {
  const clock = clockError(camera.clock_offset_90k);
  const said = (text: string) => (text === "" ? <span className="quiet">It did not say</span> : text);
  return (
    <Panel title="Device, as it says of itself">
      <dl className="facts">
        <dt>Make</dt><dd>{said(camera.manufacturer)}</dd>
        <dt>Model</dt><dd>{said(camera.model)}</dd>
        <dt>Firmware</dt><dd>{said(camera.firmware)}</dd>
        <dt>Address</dt><dd className="mono">{camera.address}</dd>
        <dt>Clock</dt><dd>{clock === null ? "Agrees with the recorder" : <span className="amber">△ {clock}. Recorded times are the recorder's, so footage is right; set the camera to our time server.</span>}</dd>
        <dt>Added</dt><dd><When at={camera.added_90k} /></dd>
        <dt>Id</dt><dd className="mono">{camera.id}</dd>
      </dl>
    </Panel>
  );
}
