import { clockTime, moment } from "../time/format";
import { toDate, wallTicks } from "../time/units";

/** A moment of the interface, in full or only its time of day. */
export function When({ at, short = false }: { at: number; short?: boolean }) {
  const ticks = wallTicks(at);
  return <time dateTime={toDate(ticks).toISOString()} className="tabular">{short ? clockTime(ticks) : moment(ticks)}</time>;
}
