import type { PolicyReading } from "../../shared/api/types";
import { Badge } from "../../shared/ui/parts";
import type { Found } from "./check";
import type { Place } from "./text";

const names = { mistake: ["bad", "Mistake"], refused: ["bad", "Cannot come into force"], remark: ["warn", "Remark"] } as const;

/** Each finding with its line and reason, and a way to it where there is an editor to go to. */
export function Findings({ all, onGoTo }: { all: readonly Found[]; onGoTo?: (place: Place) => void }) {
  if (all.length === 0) return null;
  return (
    <ul className="findings">
      {all.map((finding) => {
        const [tone, name] = names[finding.weight];
        const { line, column } = finding;
        return (
          <li key={`${line ?? 0} ${column} ${finding.rule} ${finding.words}`}>
            <Badge tone={tone}>{name}</Badge>{" "}
            {line === null ? null : onGoTo === undefined ? <span className="tabular">Line {line}</span> : <button type="button" className="link-button" onClick={() => { onGoTo({ line, column }); }}>Line {line}</button>}
            <p>{finding.words}{finding.rule === "" ? null : <span className="quiet small mono"> {finding.rule}</span>}</p>
          </li>
        );
      })}
    </ul>
  );
}

/** Cameras that only one side knows: the recorder, or the file. */
export function Strangers({ reading }: { reading: PolicyReading }) {
  if (reading.unnamed.length === 0 && reading.unknown.length === 0) return null;
  return (
    <dl className="strangers small">
      {reading.unnamed.length === 0 ? null : <><dt>Not named, so nothing is recorded</dt><dd>{reading.unnamed.join(", ")}</dd></>}
      {reading.unknown.length === 0 ? null : <><dt>Named, but this recorder has no such camera</dt><dd>{reading.unknown.join(", ")}</dd></>}
    </dl>
  );
}
