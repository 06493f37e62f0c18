import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useRoles, useSession } from "../../shared/api/session";
import type { AddressTable } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { count } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Badge, Button, Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { useSignTable, useWithdrawTable } from "./api/tables";
import { effect, left, saysWords, tableState } from "./tables";

type Content = NonNullable<AddressTable["content"]>;

/** A table that is in use or waits to be signed: who stands behind it, and what it says of which camera. */
export function TablePanel({ table, days }: { table: AddressTable; days: number }) {
  const state = tableState[table.state];
  const ends = left(table, useNow());
  return (
    <Panel title={table.source} actions={<Badge tone={state.tone}>{state.words}</Badge>}>
      <div className="stack">
        {table.state === "too_old" ? <Notice tone="bad"><strong>It was taken more than {days} days ago.</strong> It vouches for no camera any more. What it says against one still counts, until a newer table of the same source is signed.</Notice> : null}
        {table.trouble == null ? null : <Notice tone="bad">{table.trouble}</Notice>}
        <dl className="facts">
          <dt>Taken</dt><dd><When at={table.taken_90k} /></dd>
          <dt>Counts</dt><dd className={ends.tone === "good" ? undefined : `tone-${ends.tone}`}>{ends.tone === "good" ? "" : ends.tone === "bad" ? "✕ " : "△ "}{ends.words}</dd>
          <dt>File</dt><dd><a href={`/api/v1/address-tables/${table.id}/file`} download={table.file_name}>{table.file_name}</a></dd>
          <dt>SHA-256</dt><dd className="mono">{table.digest}</dd>
          <dt>Filed</dt><dd><When at={table.filed_90k} /> by {table.filed_by}</dd>
          <dt>Signed</dt><dd>{table.signed_by == null || table.signed_90k == null ? <span className="tone-warn">△ It counts for nothing until a second person has signed it</span> : <><When at={table.signed_90k} /> by {table.signed_by}</>}</dd>
        </dl>
        {table.content == null ? null : <Says content={table.content} waiting={table.state === "waiting"} />}
        <Acts table={table} />
      </div>
    </Panel>
  );
}

function Acts({ table }: { table: AddressTable }) {
  const sign = useSignTable();
  const withdraw = useWithdrawTable();
  const session = useSession();
  const decides = useRoles().some((role) => role === "administrator" || role === "dpo");
  const failed = sign.error ?? withdraw.error;
  const signs = table.state === "waiting" && table.trouble == null && session.data?.person.full_name !== table.filed_by;
  if (!decides) return null;
  return (
    <>
      {failed === null ? null : <Notice tone="bad">{inOneBreath(problemOf(failed))}</Notice>}
      <div className="form-actions">
        {signs ? <Button look="main" isPending={sign.isPending} onPress={() => { sign.mutate(table.id); }}>I have looked at it: sign it</Button> : null}
        <Button isPending={withdraw.isPending} onPress={() => { withdraw.mutate(table.id); }}>Take it back</Button>
      </div>
    </>
  );
}

function Says({ content, waiting }: { content: Content; waiting: boolean }) {
  return (
    <>
      <p>{count(content.addresses)} {content.addresses === 1 ? "address" : "addresses"}, {content.cameras.length === 0 ? "none of them a camera's" : `${content.cameras.length} of them ${content.cameras.length === 1 ? "a camera's" : "cameras'"}`}. {content.absent === 0 ? "" : `Not in it: ${content.absent_names.join(", ")}${content.absent > content.absent_names.length ? ` and ${count(content.absent - content.absent_names.length)} more` : ""}.`}</p>
      {content.cameras.length === 0 ? null : <CameraTable content={content} waiting={waiting} />}
      {content.contradictions.length === 0 ? null : (
        <Notice tone="warn">
          <strong>It contradicts itself:</strong> one address with several devices.
          <Lines lines={content.contradictions} />
        </Notice>
      )}
      {content.left_out === 0 ? null : (
        <Disclosure title={`Left out: ${count(content.left_out)} ${content.left_out === 1 ? "line" : "lines"} that ${content.left_out === 1 ? "is no row" : "are no rows"}`}>
          <Lines lines={content.left_out_lines} />
          {content.left_out > content.left_out_lines.length ? <p className="quiet">And {count(content.left_out - content.left_out_lines.length)} more.</p> : null}
        </Disclosure>
      )}
    </>
  );
}

function Lines({ lines }: { lines: Content["left_out_lines"] }) {
  return (
    <ul className="stack-small small">
      {lines.map((line) => <li key={`${line.line} ${line.words}`}>Line {line.line}, {line.words}: <span className="mono wrap">{line.text}</span></li>)}
    </ul>
  );
}

function CameraTable({ content, waiting }: { content: Content; waiting: boolean }) {
  return (
    <Scroll label="What it says of which camera">
      <table className="table">
        <thead><tr><th scope="col">Camera</th><th scope="col">Address</th><th scope="col">The table</th><th scope="col">What it says</th><th scope="col">{waiting ? "When it is signed" : "Verdict"}</th></tr></thead>
        <tbody>
          {content.cameras.map((camera) => {
            const becomes = effect(camera);
            const says = saysWords[camera.says];
            return (
              <tr key={camera.camera}>
                <th scope="row"><Link to={`/cameras/${camera.camera}`}>{camera.name}</Link></th>
                <td className="mono no-wrap">{camera.address}</td>
                <td><Badge tone={says.tone}>{says.words}</Badge></td>
                <td className="table-words">{camera.words}</td>
                <td className="table-words">{becomes === null ? <>{waiting ? "Stays " : ""}{camera.outcome}</> : <><Badge tone={becomes.tone}>{becomes.words}</Badge>{becomes.tone === "good" ? null : <p className="small">{camera.why}</p>}</>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
