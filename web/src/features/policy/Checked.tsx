import { inOneBreath } from "../../shared/forms/errors";
import { Notice, Panel } from "../../shared/ui/parts";
import { found, foundWords } from "./check";
import { Findings, Strangers } from "./Findings";
import type { Place } from "./text";
import type { Checking } from "./useChecked";

/** What the check found in the text that is being written, and a way to each place. */
export function Checked({ id, checking, onGoTo }: { id: string; checking: Checking; onGoTo: (place: Place) => void }) {
  const { state, current, asking } = checking;
  return (
    <Panel title="What the check says">
      <div className="stack-small" id={id}>
        {state.kind === "failed" ? <Notice tone="bad"><strong>The file could not be checked.</strong> {inOneBreath(state.problem)}</Notice> : null}
        <p role="status" className={current ? "" : "quiet"}>
          {asking ? "Reading the file." : state.kind !== "checked" ? "Not checked yet." : current ? foundWords(found(state.reading)) : "The file has changed since it was checked."}
        </p>
        {state.kind === "checked" ? <><Findings all={found(state.reading)} onGoTo={onGoTo} /><Strangers reading={state.reading} /></> : null}
      </div>
    </Panel>
  );
}
