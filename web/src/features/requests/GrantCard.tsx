import { useState } from "react";
import { Link } from "react-router";
import type { Grant, GrantAct } from "../../shared/api/types";
import { interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Badge, Button, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { Decide, type Deciding } from "./Decide";
import { standing } from "./standings";

/** One request: what for, whose, and the two people of it side by side. */
export function GrantCard({ grant }: { grant: Grant }) {
  const [act, setAct] = useState<Deciding | null>(null);
  const { words, tone } = standing(grant);
  const glass = grant.origin === "break_glass";
  const may = (which: string): boolean => grant.acts.includes(which);
  const first = grant.cameras[0];
  return (
    <article className={glass ? "panel grant grant-glass" : "panel grant"} aria-label={`${glass ? "Broken glass" : `Case ${grant.case}`}, ${grant.asked.by}`}>
      <div className="grant-head">
        <h3>{glass ? "Broken glass" : `Case ${grant.case}`}</h3>
        <Badge tone={tone}>{words}</Badge>
        {grant.export ? <Badge tone="info">May leave as a file</Badge> : null}
      </div>
      {grant.review_due_90k == null ? null : (
        <Notice tone={grant.review_overdue ? "bad" : "warn"}>
          <strong>{grant.review_overdue ? "Its review is overdue." : "Nobody has reviewed this yet."}</strong> {grant.review_overdue ? `${grant.asked.by} cannot break the glass again until somebody does.` : <>Due by <When at={grant.review_due_90k} />.</>}
        </Notice>
      )}
      <dl className="facts">
        <dt>Cameras</dt><dd>{grant.cameras.map((one) => one.camera_name).join(", ")}</dd>
        <dt>Footage</dt><dd className="tabular">{interval(wallTicks(grant.from_90k), wallTicks(grant.to_90k))}</dd>
        {grant.purpose == null ? null : <><dt>Purpose</dt><dd>{grant.purpose}</dd></>}
        {grant.authorisation == null ? null : <><dt>Authorisation</dt><dd>{grant.authorisation.number}, by {grant.authorisation.officer}, until <When at={grant.authorisation.expires_90k} /></dd></>}
        <dt>Ends</dt><dd><When at={grant.until_90k} /></dd>
      </dl>
      <div className="grant-people">
        <Person title={glass ? "Broke the glass" : "Asks"} act={grant.asked} />
        {grant.decided == null ? (glass ? null : <p className="grant-person grant-person-open quiet">Another person decides.</p>) : <Person title={grant.standing === "refused" ? "Refused" : "Approved"} act={grant.decided} />}
        {grant.reviewed == null ? null : <Person title={grant.justified === true ? "Reviewed: justified" : "Reviewed: not justified"} act={grant.reviewed} />}
        {grant.withdrawn == null ? null : <Person title="Withdrew" act={grant.withdrawn} />}
      </div>
      <div className="row">
        {grant.mine && grant.standing === "stands" && first !== undefined ? <Link className="button button-main button-small" to={`/review?camera=${first.camera}&at=${grant.from_90k}`}>Open in Review</Link> : null}
        {may("decide") ? <><Button look="main" small onPress={() => { setAct("approve"); }}>Approve</Button><Button small onPress={() => { setAct("refuse"); }}>Refuse</Button></> : null}
        {may("review") ? <Button look="main" small onPress={() => { setAct("review"); }}>Review</Button> : null}
        {may("withdraw") ? <Button look="danger" small onPress={() => { setAct("withdraw"); }}>Withdraw</Button> : null}
      </div>
      {act === null ? null : <Decide grant={grant} act={act} onClose={() => { setAct(null); }} />}
    </article>
  );
}

function Person({ title, act }: { title: string; act: GrantAct }) {
  return (
    <div className="grant-person">
      <span className="small quiet">{title}</span>
      <strong>{act.by}</strong>
      <span>{act.words}</span>
      <span className="small quiet"><When at={act.at_90k} />, log entry {act.entry}</span>
    </div>
  );
}
