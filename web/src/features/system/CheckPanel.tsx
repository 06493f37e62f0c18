import type { CheckReport, CheckState } from "../../shared/api/types";
import { bytes } from "../../shared/time/format";
import { Loaded } from "../../shared/ui/Loaded";
import { Badge, Button, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useCheck, useStartCheck } from "./api/check";
import { howFar, verdict } from "./words";

/** Footage, catalogue, keys and log against each other: the last report, and the button that begins another. */
export function CheckPanel() {
  const check = useCheck();
  return <Loaded of={check} what="the check" lines={3}>{(state) => <Found state={state} />}</Loaded>;
}

function Found({ state }: { state: CheckState }) {
  const start = useStartCheck();
  const running = state.running ?? null;
  const last = state.last ?? null;
  const busy = running !== null || start.isPending;
  return (
    <Panel title="Check the footage" actions={last === null ? null : <Badge tone={verdict(last).tone}>{verdict(last).words}</Badge>}>
      <div className="stack">
        <p className="small quiet">Files, catalogue, keys, certificates and log are compared with each other. It runs beside recording, slowly, and shows nobody any footage. Who begins it is written in the log.</p>
        {running === null ? null : <p role="status" className="tabular">{howFar(running)}</p>}
        {state.failed == null ? null : <Notice tone="bad"><strong>The last check came to no end.</strong> {state.failed}</Notice>}
        {start.error === null ? null : <Notice tone="bad">{start.error.message}</Notice>}
        {last === null ? null : <Report report={last} />}
        <p className="row">
          <Button isDisabled={busy} onPress={() => { start.mutate(false); }}>Check quickly</Button>
          <Button isDisabled={busy} onPress={() => { start.mutate(true); }}>Check every byte</Button>
        </p>
      </div>
    </Panel>
  );
}

function Report({ report }: { report: CheckReport }) {
  return (
    <div className="stack">
      <p><When at={report.began_90k} />: {report.depth === "deep" ? "every byte" : "headers and footers"} of {report.files} files, {bytes(report.bytes)} read.</p>
      {report.findings.length === 0 ? null : (
        <ul className="stack">
          {report.findings.slice(0, SHOWN).map((found) => (
            <li key={`${found.kind} ${found.segment ?? ""} ${found.place ?? ""} ${found.start_90k ?? 0}`}>
              <strong>{found.kind.replaceAll("_", " ")}</strong>{found.segment == null ? "" : ` in segment ${found.segment}`}
              {found.start_90k == null ? null : <>, <When at={found.start_90k} /></>}: {found.found}. <span className="quiet">{found.advice}</span>
            </li>
          ))}
        </ul>
      )}
      {report.findings_total > SHOWN ? <p className="quiet">And {report.findings_total - SHOWN} more; candour check on the machine lists them all.</p> : null}
    </div>
  );
}

const SHOWN = 20;
