import type { ListInForce } from "../../shared/api/types";
import { count } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import { Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { listAge } from "./words";

/** The lists cameras are judged by. */
export function Lists({ lists }: { lists: ListInForce[] }) {
  const now = useNow();
  if (lists.length === 0) return <Panel title="Lists in force"><Notice tone="bad"><strong>No list is in force, so no camera is accepted.</strong> Start the recorder with its signed lists.</Notice></Panel>;
  return (
    <section className="panel panel-flush">
      <h2 className="table-title">Lists in force</h2>
      <Scroll label="Lists in force">
        <table className="table">
          <thead><tr><th scope="col">List</th><th scope="col">Version</th><th scope="col">Date</th><th scope="col" className="number">Rows</th><th scope="col">Signed by</th></tr></thead>
          <tbody>
            {lists.map((list) => {
              const age = listAge(list.date, now);
              return (
                <tr key={list.name}>
                  <th scope="row">{list.name}</th>
                  <td>{list.version}</td>
                  <td className="no-wrap">{list.date} {age === null ? null : age.stale ? <span className="tone-warn">△ {age.words}: get a newer one</span> : <span className="quiet">{age.words}</span>}</td>
                  <td className="number">{count(list.rows)}</td>
                  <td>{list.signed_by}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
