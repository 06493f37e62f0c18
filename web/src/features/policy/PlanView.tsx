import { bytes, count, interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Scroll } from "../../shared/ui/Scroll";
import type { PolicyPlan } from "./model";

/** What would be recorded, stopped, deleted and published if this version took force now. */
export function PlanView({ plan }: { plan: PolicyPlan }) {
  return (
    <div className="stack">
      <p className="policy-words">{plan.segments === 0 ? "It deletes no footage that would stay otherwise." : `It deletes ${count(plan.segments)} ${plan.segments === 1 ? "segment" : "segments"}, ${bytes(plan.bytes)}, that would stay otherwise.`}</p>
      {plan.changes.length === 0 ? null : <ul className="plan-changes">{plan.changes.map((words) => <li key={words}>{words}</li>)}</ul>}
      {plan.cameras.length === 0 ? <p className="quiet">Nothing changes for any camera.</p> : (
        <Scroll label="What would change, by camera">
          <table className="table plan">
            <thead><tr><th scope="col">Camera</th><th scope="col">Now</th><th scope="col">Then</th><th scope="col">Deleted</th></tr></thead>
            <tbody>
              {plan.cameras.map((camera) => (
                <tr key={camera.camera}>
                  <th scope="row">{camera.camera}</th>
                  <td>{camera.now}</td>
                  <td>{camera.then}</td>
                  <td>{camera.segments === 0 ? "Nothing" : `${count(camera.segments)} segments, ${bytes(camera.bytes)}${camera.from_90k == null || camera.to_90k == null ? "" : `, ${interval(wallTicks(camera.from_90k), wallTicks(camera.to_90k))}`}`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}
