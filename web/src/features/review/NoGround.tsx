import { Link } from "react-router";
import type { Problem } from "../../shared/api/client";
import type { Camera, Grants } from "../../shared/api/types";
import { moment } from "../../shared/time/format";
import type { WallTicks } from "../../shared/time/units";
import { Notice } from "../../shared/ui/parts";

interface NoGroundProps {
  camera: Camera;
  at: WallTicks;
  grants: Grants;
  /** Whether the person watches live, and may replay that. */
  watches: boolean;
  problem: Problem | null;
}

/** Nothing lets the person look there: why, and who can help. */
export function NoGround({ camera, at, grants, watches, problem }: NoGroundProps) {
  const waits = grants.grants.find((grant) => grant.mine && grant.standing === "waits" && grant.from_90k <= at && at < grant.to_90k && grant.cameras.some((one) => one.camera === camera.id));
  const where = `camera=${camera.id}&at=${at}`;
  return (
    <section className="look-form">
      <h1>You need a grant to look at {camera.name} there</h1>
      <p className="quiet">
        No grant of yours covers <time>{moment(at)}</time>. {watches ? "Without one you may look back at what you watch live, a few minutes at most. " : ""}
        {waits === undefined ? (grants.may_ask ? "Ask for one; an approver, who is another person, decides." : "Mark the incident on the Live page; an investigator can ask for it.") : `Your request for case ${waits.case} waits for a decision by an approver.`}
      </p>
      {problem === null ? null : <Notice tone="bad"><strong>{problem.title}</strong> {problem.detail}</Notice>}
      <div className="form-actions">
        {grants.may_ask ? <Link className="button button-main" to={`/requests?act=ask&${where}`}>Ask for a grant</Link> : null}
        {grants.may_break_glass ? <Link className="button button-danger" to={`/requests?act=glass&${where}`}>It cannot wait: break the glass</Link> : null}
        <Link className="button" to="/requests">See requests</Link>
      </div>
    </section>
  );
}
