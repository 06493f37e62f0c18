import { Link } from "react-router";
import type { CameraDetail } from "../../shared/api/types";
import { promised } from "../../shared/time/format";
import { Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { PolicyWords } from "./PolicyWords";

/** What the camera is for, by the policy in force. Footage keeps the terms it was recorded under. */
export function PurposePanel({ camera }: { camera: CameraDetail }) {
  const purpose = camera.purpose ?? null;
  return (
    <Panel title="Purpose">
      <div className="stack-small">
        {purpose === null && camera.outcome !== "accepted" ? (
          <p className="quiet">The policy names none. {camera.outcome === "refused" ? "A refused camera records nothing, so it needs none." : "It will be needed once the camera is accepted; until then nothing is recorded anyway."}</p>
        ) : purpose === null ? (
          <Notice tone="warn"><strong>The policy in force gives this camera no purpose, so nothing is recorded.</strong> Propose a version that names it under its name in the recorder.</Notice>
        ) : (
          <dl className="facts">
            <dt>Purpose</dt><dd>{purpose.sentence}</dd>
            <dt>Answers for it</dt><dd>{purpose.owner}</dd>
            <dt>Kept</dt><dd>{promised(purpose.keep_days)}</dd>
            <dt>Written</dt><dd><When at={purpose.written_90k} /> by {purpose.written_by}</dd>
            <dt>Id in footage</dt><dd className="mono">{purpose.id}</dd>
          </dl>
        )}
        <PolicyWords camera={camera} />
        {purpose === null ? null : <p><Link to={`/tuning?camera=${camera.id}`}>Try other terms for motion</Link> <span className="small quiet">on footage that is there</span></p>}
      </div>
    </Panel>
  );
}
