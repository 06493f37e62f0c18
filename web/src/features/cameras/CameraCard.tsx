import { Link } from "react-router";
import type { Camera } from "../../shared/api/types";
import { promised } from "../../shared/time/format";
import { Badge } from "../../shared/ui/parts";
import { Reasons } from "./Reasons";
import { clockError, outcomeName, outcomeTone, stateName, stateTone } from "./verdict";

/** One camera in the list: the verdict first, then what it does, then why. */
export function CameraCard({ camera, opens }: { camera: Camera; opens: boolean }) {
  const clock = clockError(camera.clock_offset_90k);
  return (
    <article className={`panel camera camera-${camera.outcome}`} aria-labelledby={`camera-${camera.id}`}>
      <div className="camera-verdict">
        <Badge tone={outcomeTone[camera.outcome]}>{outcomeName[camera.outcome]}</Badge>
        {camera.state === "not_accepted" ? null : <Badge tone={stateTone[camera.state]}>{stateName[camera.state]}</Badge>}
      </div>
      <div className="camera-main">
        <h2 id={`camera-${camera.id}`}>{opens ? <Link to={`/cameras/${camera.id}`}>{camera.name}</Link> : camera.name}</h2>
        <p>{camera.state_words}</p>
        <div className="small"><Reasons reasons={camera.reasons} /></div>
      </div>
      <dl className="camera-facts small">
        <Fact name="Device">{[camera.manufacturer, camera.model].filter(Boolean).join(" ") || "It did not say"}</Fact>
        {camera.firmware === "" ? null : <Fact name="Firmware">{camera.firmware}</Fact>}
        {camera.address === "" ? null : <Fact name="Address"><span className="mono">{camera.address}</span></Fact>}
        {clock === null ? null : <Fact name="Clock"><span className="amber">△ {clock}</span></Fact>}
        {camera.purpose == null ? <Fact name="Purpose">{camera.outcome === "accepted" ? <span className="amber">△ None: nothing is recorded</span> : "None"}</Fact> : (
          <>
            <Fact name="Purpose">{camera.purpose.sentence}</Fact>
            <Fact name="Answers for it">{camera.purpose.owner}</Fact>
            <Fact name="Kept">{promised(camera.purpose.keep_days)}</Fact>
          </>
        )}
      </dl>
    </article>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return <div className="fact"><dt>{name}</dt><dd>{children}</dd></div>;
}
