import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useRoles, useSession } from "../../shared/api/session";
import type { ListChange, ListsState, OfferedLists } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Badge, Button, Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { useConfirmLists, useWithdrawLists } from "./api/lists";

/** A verified bundle that waits for two people: what it does to which camera, and who said yes. */
export function OfferedPanel({ offered, now }: { offered: OfferedLists; now: ListsState["in_force"] }) {
  const { bundle, changes, confirmed_by: yes } = offered;
  const stops = changes.filter((change) => change.stops).length;
  return (
    <Panel title={`Bundle ${bundle.version} is offered`} actions={<Badge tone="warn">{yes.length === 0 ? "Needs two people" : "Needs a second person"}</Badge>}>
      <div className="stack">
        <p className="offer-words">{stops === 0 ? "No camera stops." : `${stops} ${stops === 1 ? "camera stops" : "cameras stop"} the moment it is in force.`} {changes.length === stops ? "" : `${changes.length - stops} more ${changes.length - stops === 1 ? "changes its" : "change their"} verdict.`}</p>
        {changes.length === 0 ? null : <Changes changes={changes} />}
        <dl className="facts">
          <dt>In place of</dt><dd>bundle {now.version} of {now.date}</dd>
          <dt>Date</dt><dd>{bundle.date}</dd>
          <dt>Source</dt><dd>{bundle.source}</dd>
          <dt>Signed by</dt><dd>{bundle.signed_by.join(", ")}</dd>
          <dt>SHA-256</dt><dd className="mono">{bundle.digest}</dd>
          <dt>Offered</dt><dd><When at={offered.offered_90k} /></dd>
          <dt>Said yes</dt><dd>{yes.length === 0 ? "Nobody yet" : yes.join(", ")}</dd>
        </dl>
        <Decide offered={offered} />
      </div>
    </Panel>
  );
}

function Changes({ changes }: { changes: ListChange[] }) {
  return (
    <Scroll label="What it does to which camera">
      <table className="table">
        <thead><tr><th scope="col">Camera</th><th scope="col">Now</th><th scope="col">Then</th><th scope="col">Why</th></tr></thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.camera}>
              <th scope="row"><Link to={`/cameras/${change.camera}`}>{change.name}</Link></th>
              <td>{change.before}</td>
              <td>{change.stops ? <Badge tone="bad">{change.after}, stops</Badge> : change.after}</td>
              <td className="table-words">{change.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Decide({ offered }: { offered: OfferedLists }) {
  const confirm = useConfirmLists();
  const withdraw = useWithdrawLists();
  const me = useSession().data?.person.full_name ?? "";
  const decides = useRoles().some((role) => role === "administrator" || role === "dpo");
  const said = offered.confirmed_by.includes(me);
  const failed = confirm.error ?? withdraw.error;
  if (!decides) return null;
  return (
    <>
      {failed === null ? null : <Notice tone="bad">{inOneBreath(problemOf(failed))}</Notice>}
      {said ? <Notice>You said yes. A second person must sign in and say yes too.</Notice> : null}
      <div className="form-actions">
        {said ? null : <Button look="main" isPending={confirm.isPending} onPress={() => { confirm.mutate(offered.bundle.version); }}>Yes: put bundle {offered.bundle.version} in force</Button>}
        <Button isPending={withdraw.isPending} onPress={() => { withdraw.mutate(); }}>Withdraw it</Button>
      </div>
    </>
  );
}
