import type { PolicyPlan } from "../../shared/api/types";
import { count, timesInWords } from "../../shared/time/format";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Badge } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { amountWords, shortensWords, waits } from "./plan";

/** So many changes are listed at once; more open. */
const AT_ONCE = 12;

/** What would be recorded, stopped, destroyed and published if this version took force. `proposed`: it is not approved yet. */
export function PlanView({ plan, proposed }: { plan: PolicyPlan; proposed: boolean }) {
  return (
    <div className="stack">
      <ul className="policy-words plan-summary">{plan.summary.map((sentence) => <li key={sentence}>{timesInWords(sentence)}</li>)}</ul>
      {proposed ? <p>{plan.earliest_because}{waits(plan) ? <> If it were approved now, that would be <When at={plan.earliest_90k} />.</> : null}</p> : null}
      {plan.cameras.length === 0 ? null : <Footage plan={plan} />}
      <Changes changes={plan.changes} />
    </div>
  );
}

function Changes({ changes }: { changes: PolicyPlan["changes"] }) {
  if (changes.length === 0) return <p className="quiet">Nothing in it says something else than the version in force.</p>;
  const list = (
    <ul className="plan-changes">
      {changes.map((change) => {
        const sooner = shortensWords(change.shortens);
        return <li key={`${change.rule} ${change.words}`}>{change.words} {sooner === null ? null : <Badge tone="warn">{sooner}</Badge>}</li>;
      })}
    </ul>
  );
  return (
    <section aria-label="What it says differently">
      <h3>What it says differently from the version in force</h3>
      {changes.length <= AT_ONCE ? list : <Disclosure title={`${count(changes.length)} changes`}>{list}</Disclosure>}
    </section>
  );
}

/** Footage that ends sooner, by camera and by the purpose it was taken for. */
function Footage({ plan }: { plan: PolicyPlan }) {
  return (
    <Scroll label="Footage that ends sooner, by camera">
      <table className="table plan">
        <thead><tr><th scope="col">Camera</th><th scope="col">Taken for</th><th scope="col">Destroyed at once</th><th scope="col">Destroyed when its hold ends</th><th scope="col">Ends sooner than promised</th></tr></thead>
        <tbody>
          {plan.cameras.map(({ camera, purpose, footage }) => (
            <tr key={`${camera} ${purpose}`}>
              <th scope="row">{camera}</th>
              <td>{purpose}</td>
              <td>{amountWords(footage.destroyed)}</td>
              <td>{amountWords(footage.held)}</td>
              <td>{amountWords(footage.shortened)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
