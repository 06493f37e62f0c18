import { Link } from "react-router";
import { useSession } from "../../shared/api/session";
import type { Certificate, FootageExplained, KeptFootage } from "../../shared/api/types";
import { bytes, interval, timesInWords } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Badge, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";

/** Footage that is there, with its promises; footage that is gone, with what remains of it. */
export function Explained({ found }: { found: FootageExplained }) {
  const isNothing = found.kept.length + found.deleted.length + found.folded.length === 0;
  return (
    <div className="stack" role="status">
      {isNothing ? <Notice><strong>There is no footage of {found.camera_name} at <When at={found.at_90k} />, and none was deleted.</strong> Nothing was recorded then; the timeline on Review says why.</Notice> : null}
      {found.kept.map((footage) => <Kept key={footage.segment} footage={footage} camera={found.camera_name} />)}
      {found.deleted.map((certificate) => <Deleted key={certificate.segment} certificate={certificate} />)}
      {found.folded.map((stretch) => (
        <article key={`${stretch.start_90k} ${stretch.rule}`} className="explained">
          <h3>Deleted: <span className="tabular">{interval(wallTicks(stretch.start_90k), wallTicks(stretch.end_90k))}</span></h3>
          <p>{timesInWords(stretch.words)} <LogLink entry={stretch.entry ?? null} /></p>
        </article>
      ))}
    </div>
  );
}

function Kept({ footage, camera }: { footage: KeptFootage; camera: string }) {
  return (
    <article className="explained">
      <h3>{camera}, {footage.stream === "sub" ? "small picture" : "full picture"}: <span className="tabular">{interval(wallTicks(footage.start_90k), wallTicks(footage.end_90k))}</span></h3>
      <p className="explained-end">It is destroyed on <When at={footage.keep_until_90k} />{footage.holds.length === 0 ? "." : ", or when its hold ends, if that is later."}</p>
      <p>It was recorded for this: {footage.purpose}</p>
      {footage.stillness == null ? null : <p><strong>{timesInWords(footage.stillness)}</strong></p>}
      <ol className="explained-promises">
        {footage.promises.map((promise, at) => (
          <li key={at}>
            {promise.decided ? <strong>{timesInWords(promise.words)}</strong> : timesInWords(promise.words)}
            <span className="small quiet since">counts since <When at={promise.since_90k} />{promise.version == null ? null : <>, <Link to={`/policy/${promise.version}`}>version {promise.version}</Link></>}</span>
          </li>
        ))}
      </ol>
      {footage.holds.map((hold) => <p key={hold.hold}><Badge tone="warn">On hold</Badge> until <When at={hold.ends_90k} />: {hold.reason} ({hold.owner})</p>)}
      <p className="small quiet">{bytes(footage.bytes)}, segment <span className="mono">{footage.segment}</span></p>
    </article>
  );
}

function Deleted({ certificate }: { certificate: Certificate }) {
  return (
    <article className="explained">
      <h3>Deleted: {certificate.camera_name}, <span className="tabular">{interval(wallTicks(certificate.start_90k), wallTicks(certificate.end_90k))}</span></h3>
      <p>{certificate.rule.replace(/\.?$/, ".")} It was due <When at={certificate.due_90k} />{certificate.unreadable_at_90k == null ? "; its key is not destroyed yet." : <>, and has been unreadable since <When at={certificate.unreadable_at_90k} />.</>} <LogLink entry={certificate.entry ?? null} /></p>
      <p className="small quiet">{bytes(certificate.bytes)}, segment <span className="mono">{certificate.segment}</span></p>
    </article>
  );
}

/** Where the log has it, for whoever may read the log. */
function LogLink({ entry }: { entry: number | null }) {
  const readsLog = useSession().data?.pages.includes("log") ?? false;
  if (entry === null) return null;
  return readsLog ? <Link to={`/log?entry=${entry}`}>Log entry {entry}</Link> : <>Log entry {entry}</>;
}
