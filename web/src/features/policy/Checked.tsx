import { inOneBreath } from "../../shared/forms/errors";
import { Badge, Notice, Panel } from "../../shared/ui/parts";
import { foundWords } from "./check";
import type { PolicyFinding } from "./model";
import type { Place } from "./text";
import type { Checking } from "./useChecked";

/** What the check found: each mistake with its line and reason, and a way to it. */
export function Checked({ id, checking, onGoTo }: { id: string; checking: Checking; onGoTo: (place: Place) => void }) {
  const { state, current, asking } = checking;
  return (
    <Panel title="What the check says">
      <div className="stack-small" id={id}>
        {state.kind === "failed" ? <Notice tone="bad"><strong>The file could not be checked.</strong> {inOneBreath(state.problem)}</Notice> : null}
        <p role="status" className={current ? "" : "quiet"}>
          {asking ? "Reading the file." : state.kind !== "checked" ? "Not checked yet." : current ? foundWords(state.check.mistakes.length, state.check.remarks.length) : "The file has changed since it was checked."}
        </p>
        {state.kind === "checked" ? <Findings mistakes={state.check.mistakes} remarks={state.check.remarks} onGoTo={onGoTo} /> : null}
      </div>
    </Panel>
  );
}

function Findings({ mistakes, remarks, onGoTo }: { mistakes: readonly PolicyFinding[]; remarks: readonly PolicyFinding[]; onGoTo: (place: Place) => void }) {
  const all = [...mistakes.map((finding) => ({ finding, wrong: true })), ...remarks.map((finding) => ({ finding, wrong: false }))];
  return (
    <ul className="findings">
      {all.map(({ finding, wrong }) => (
        <li key={`${finding.line ?? 0} ${finding.column ?? 0} ${finding.rule} ${finding.words}`}>
          <Badge tone={wrong ? "bad" : "warn"}>{wrong ? "Mistake" : "Remark"}</Badge>{" "}
          {finding.line == null ? null : <button type="button" className="link-button" onClick={() => { onGoTo({ line: finding.line ?? 1, column: finding.column ?? 1 }); }}>Line {finding.line}</button>}
          <p>{finding.words}{finding.rule === "" ? null : <span className="quiet small mono"> {finding.rule}</span>}</p>
        </li>
      ))}
    </ul>
  );
}
