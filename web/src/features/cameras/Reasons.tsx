import type { Reason } from "../../shared/api/types";
import { layerName } from "./verdict";

/** Why, strongest first; the layer says where it was seen. */
export function Reasons({ reasons, rules = false }: { reasons: readonly Reason[]; rules?: boolean }) {
  if (reasons.length === 0) return <p className="quiet small">No reason was given.</p>;
  return (
    <ol className="reasons">
      {reasons.map((reason, at) => (
        <li key={`${reason.rule} ${at}`}>
          <abbr className="layer" title={layerName(reason.layer)}>{reason.layer === "" ? "–" : reason.layer}</abbr>
          <span>
            {reason.words}
            {reason.confidence === "" ? null : <span className="quiet small"> {reason.confidence}</span>}
            {rules ? <span className="quiet small"> · rule <code>{reason.rule}</code></span> : null}
          </span>
        </li>
      ))}
    </ol>
  );
}
