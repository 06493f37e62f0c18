import { Link } from "react-router";
import { useSession } from "../../shared/api/session";
import type { LogState } from "../../shared/api/types";
import { count } from "../../shared/time/format";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Badge, Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";

/** How promise 5 stands, said plainly: without somebody outside, its owner could make the log anew. */
const WITNESSING: Record<LogState["witnessing"], { tone: "good" | "warn" | "bad"; words: string }> = {
  nobody: { tone: "warn", words: "Witnessed by nobody but its owner" },
  late: { tone: "warn", words: "Not witnessed within the last hour" },
  recent: { tone: "good", words: "Witnessed" },
  contradicted: { tone: "bad", words: "Contradicted by a witness" },
};

/** The log's state. While it cannot be written nobody sees footage. */
export function LogPanel({ log }: { log: LogState }) {
  const reads = useSession().data?.pages.includes("log") ?? false;
  return (
    <Panel title="Log" actions={log.failing == null ? <Badge tone="good">Writable</Badge> : <Badge tone="bad">Not writable</Badge>}>
      <div className="stack">
        {log.failing == null ? null : <Notice tone="bad"><strong>The log cannot be written, so nobody can look at footage.</strong> Recording goes on. {log.failing}</Notice>}
        <p><Badge tone={WITNESSING[log.witnessing].tone}>{WITNESSING[log.witnessing].words}</Badge></p>
        {log.witnesses.map((witness) => <Witness key={witness.name} {...witness} />)}
        <dl className="facts">
          <dt>Entries</dt><dd className="tabular">{count(log.size)}</dd>
          <dt>Root</dt><dd className="mono">{log.root}</dd>
          <dt>Verifier key</dt><dd className="mono">{log.verifier_key}</dd>
        </dl>
        <Disclosure title="Newest signed checkpoint"><Scroll label="Newest signed checkpoint" className="raw"><pre>{log.checkpoint}</pre></Scroll></Disclosure>
        {reads ? <p><Link to="/log">Read the log</Link></p> : null}
      </div>
    </Panel>
  );
}

function Witness({ name, size, at_90k: at, trouble }: LogState["witnesses"][number]) {
  return (
    <p>
      <span className="mono">{name}</span>: {size == null || at == null ? "has cosigned nothing yet" : <>cosigned {count(size)} entries at <When at={at} /></>}
      {trouble == null ? null : <>. {trouble}</>}
    </p>
  );
}
