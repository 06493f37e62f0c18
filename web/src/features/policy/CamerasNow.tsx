import { Link } from "react-router";
import type { PolicyCamera } from "../../shared/api/types";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Badge, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { kept } from "./check";

/** What a version says of each camera at this moment, and by which rules; what the camera does, the Cameras page says. */
export function CamerasNow({ cameras, title }: { cameras: readonly PolicyCamera[]; title: string }) {
  if (cameras.length === 0) return <Panel title={title}><p className="quiet">It names no camera of this recorder, so nothing is recorded under it.</p></Panel>;
  return (
    <section className="panel panel-flush" aria-label={title}>
      <h2 className="table-title">{title}</h2>
      <p className="table-lead quiet small">What the policy says at this moment. Whether a camera is accepted and does record, the <Link to="/cameras">Cameras page</Link> says.</p>
      <Scroll label={title}>
        <table className="table">
          <thead><tr><th scope="col">Camera</th><th scope="col">Purpose</th><th scope="col">Kept</th><th scope="col">At this moment</th></tr></thead>
          <tbody>{cameras.map((camera) => <Row key={camera.camera} camera={camera} />)}</tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Row({ camera }: { camera: PolicyCamera }) {
  return (
    <tr>
      <th scope="row">{camera.name}</th>
      <td className="rule">{camera.aim}<span className="small quiet version-when">{camera.owner} answers for it</span></td>
      <td className="no-wrap">{kept(camera.keep_90k)}</td>
      <td className="rule">
        <Badge tone={camera.records ? "good" : "plain"}>{camera.records ? "May record" : "Records nothing"}</Badge>
        {camera.until_90k == null ? null : <span className="small quiet version-when">until <When at={camera.until_90k} /></span>}
        {camera.warnings.map((warning) => <p key={warning.words} className="small amber">△ {warning.words}</p>)}
        <Disclosure title="Why">
          <ol className="because small">
            {camera.because.map((reason) => <li key={reason.rule}>{reason.words} <span className="quiet"><span className="mono">{reason.rule}</span>{reason.line == null ? "" : `, line ${reason.line}`}</span></li>)}
          </ol>
        </Disclosure>
      </td>
    </tr>
  );
}
