import { clockTime, date, moment, zoneName } from "../time/format";
import { toDate, wallTicks } from "../time/units";

/** A moment of the interface: in full, only its time of day, or the date above the time for a column of a table. */
export function When({ at, form = "full" }: { at: number; form?: "full" | "short" | "cell" }) {
  const ticks = wallTicks(at);
  return (
    <time dateTime={toDate(ticks).toISOString()} className="tabular">
      {form === "full" ? moment(ticks) : form === "short" ? clockTime(ticks) : <><span className="no-wrap">{date(ticks)},</span> <span className="no-wrap">{clockTime(ticks)} {zoneName(ticks)}</span></>}
    </time>
  );
}
