import { Link } from "react-router";
import type { Alarm } from "../shared/api/types";

/** Speaks only when something is wrong; each alarm opens the page that mends it, if the person may open that. */
export function StatusStrip({ alarms, failed, pages }: { alarms: Alarm[]; failed: boolean; pages: string[] }) {
  if (failed) return <div className="strip strip-red" role="alert"><span className="strip-item"><span aria-hidden="true">✕</span> The recorder does not answer. Recording may go on; this page keeps trying.</span></div>;
  const standing = alarms.filter((alarm) => alarm.cleared_90k == null);
  if (standing.length === 0) return null;
  const red = standing.some((alarm) => alarm.severity === "red");
  const shown = standing.slice(0, 2);
  const more = standing.length - shown.length;
  return (
    <div className={red ? "strip strip-red" : "strip"} role="status" aria-label="Alarms">
      {shown.map((alarm) => (
        <span key={alarm.id} className="strip-item">
          <span aria-hidden="true">{alarm.severity === "red" ? "✕" : "△"}</span>
          {pages.includes(alarm.page) ? <Link to={`/${alarm.page}`}>{alarm.words}</Link> : <span>{alarm.words}</span>}
        </span>
      ))}
      {more > 0 ? <span className="strip-item">{pages.includes("alarms") ? <Link to="/alarms">{more} more</Link> : `${more} more`}</span> : null}
    </div>
  );
}
