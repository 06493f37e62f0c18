import type { LogPage } from "../../shared/api/types";
import { count } from "../../shared/time/format";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { Verify } from "./verify/Verify";

/** What the log has signed, and how somebody who trusts nobody here checks it. */
export function Proof({ log }: { log: LogPage }) {
  return (
    <section className="panel" aria-label="Proof">
      <dl className="facts">
        <dt>Entries</dt><dd className="tabular"><strong>{count(log.size)}</strong></dd>
        <dt>Root</dt><dd className="mono">{log.root}</dd>
        <dt>Verifier key</dt><dd className="mono">{log.verifier_key}</dd>
        {log.erased == null ? null : <><dt>Details</dt><dd>Erased on <When at={log.erased.at_90k} /> of what came before entry {count(log.erased.before)}</dd></>}
      </dl>
      <Verify shownKey={log.verifier_key} />
      <div className="proof-more">
        <Disclosure title="Newest signed checkpoint"><Scroll label="Newest signed checkpoint" className="raw"><pre>{log.checkpoint}</pre></Scroll></Disclosure>
        <Disclosure title="How to check the log without trusting this recorder">
          <div className="stack-small">
            <p>Copy the recorder's <code>log</code> directory to a machine of your own and run the small program that comes with Candour:</p>
            <Scroll label="Command" className="raw"><pre>candour-verify log COPY-OF-LOG --key &apos;{log.verifier_key}&apos;</pre></Scroll>
            <p className="quiet">It checks every entry and every checkpoint and says in one line what it found. Keep the verifier key and a checkpoint somewhere else: whoever has them notices when the log is made anew.</p>
          </div>
        </Disclosure>
      </div>
    </section>
  );
}
