import { useMutation } from "@tanstack/react-query";
import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import { searchMotion } from "../../shared/api/looks";
import type { MotionSearch as Found } from "../../shared/api/types";
import { clockTime, interval, span } from "../../shared/time/format";
import { between, fromDate, negative, plus, seconds, SECONDS_PER_DAY, wallTicks, type WallTicks } from "../../shared/time/units";
import { Button, Notice } from "../../shared/ui/parts";
import { type Area, valid } from "./area";

interface MotionSearchProps {
  camera: string;
  /** Where the picture stands, and how far the permission reaches that it stands under. */
  at: WallTicks;
  within: { from: WallTicks; to: WallTicks };
  reason: string;
  area: Area;
  onArea: (area: Area) => void;
  drawing: boolean;
  onDrawing: (drawing: boolean) => void;
  onSeek: (at: WallTicks) => void;
}

/** What was searched: an answer about another part than the one that is marked now is not shown. */
interface Asked {
  from: WallTicks;
  to: WallTicks;
  part: Area;
}

const SIDES = ["Left", "Top", "Right", "Bottom"] as const;

/** Half a day each way, as far as the permission reaches and until now. */
function dayAround(at: WallTicks, within: { from: WallTicks; to: WallTicks }): { from: WallTicks; to: WallTicks } {
  const half = seconds(SECONDS_PER_DAY / 2);
  const from = Math.max(plus(at, negative(half)), within.from);
  return { from: wallTicks(from), to: wallTicks(Math.floor(Math.max(from + 1, Math.min(plus(at, half), within.to, fromDate(new Date()))))) };
}

/** When something moved in a part of the picture, over a day. A search is a look: it is written in the log. */
export function MotionSearch({ camera, at, within, reason, area, onArea, drawing, onDrawing, onSeek }: MotionSearchProps) {
  const search = useMutation({ mutationFn: ({ from, to, part }: Asked) => searchMotion(camera, from, to, part, reason) });
  const change = (side: number, typed: string) => {
    const next = area.map((value, place) => (place === side ? Number(typed) / 100 : value));
    const [left = 0, top = 0, right = 1, bottom = 1] = next;
    onArea([left, top, right, bottom]);
  };
  const good = valid(area) !== null;
  return (
    <details className="motion-search small" onToggle={(event) => { if (!event.currentTarget.open) onDrawing(false); }}>
      <summary>Search a part of the picture for motion</summary>
      <div className="motion-search-bar" role="group" aria-label="Part of the picture, in hundredths of its sides">
        <Button small look={drawing ? "main" : "plain"} aria-pressed={drawing} onPress={() => { onDrawing(!drawing); }}>{drawing ? "Done drawing" : "Draw on the picture"}</Button>
        {SIDES.map((side, place) => (
          <label key={side} className="row">
            <span className="quiet">{side}</span>
            <input className="input motion-search-side" type="number" min={0} max={100} value={Math.round((area[place] ?? 0) * 100)} onChange={(event) => { change(place, event.target.value); }} />
          </label>
        ))}
        <Button small look="main" isDisabled={!good || search.isPending} onPress={() => { search.mutate({ ...dayAround(at, within), part: area }); }}>Search</Button>
        {good ? null : <span role="alert">Left must lie before right, and top above bottom.</span>}
      </div>
      {search.isPending ? <p role="status">Searching</p> : null}
      {search.isError ? <Notice tone="bad">{problemOf(search.error).detail}</Notice> : null}
      {search.isSuccess && search.variables.part.join() === area.join() ? <Hits found={search.data} asked={search.variables} onSeek={onSeek} /> : null}
      <p><Link to={`/tuning?camera=${camera}&at=${Math.round(at)}`}>Try other terms for motion on this footage</Link></p>
    </details>
  );
}

function Hits({ found, asked, onSeek }: { found: Found; asked: Asked; onSeek: (at: WallTicks) => void }) {
  const count = found.hits.length;
  return (
    <div className="motion-search-found">
      <p role="status">
        <time>{interval(asked.from, asked.to)}</time>: {summary(found)} {count === 1 ? "1 movement touches the part." : `${count} movements touch the part.`}
        {found.more ? " There are more; search a shorter time." : null}
      </p>
      {count === 0 ? null : (
        <ol aria-label="Movements in this part">
          {found.hits.map((hit) => {
            const start = wallTicks(hit.start_90k);
            const length = span(between(start, wallTicks(hit.end_90k)));
            return (
              <li key={hit.start_90k}>
                <button type="button" className="link-button" onClick={() => { onSeek(start); }}>{clockTime(start)}</button> <span className="quiet">{length}, score {hit.score.toFixed(1)}</span>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}

/** Whether anybody looked: no movement found where nobody looked says nothing. */
export function summary({ looked_at_s, unsure_s, not_looked_at_s }: Pick<Found, "looked_at_s" | "unsure_s" | "not_looked_at_s">): string {
  if (looked_at_s < 0.5 && unsure_s < 0.5) return "nobody looked for motion in this time, so nothing can be said.";
  const parts = [`${span(seconds(looked_at_s))} were looked at`];
  if (unsure_s >= 0.5) parts.push(`of ${span(seconds(unsure_s))} nothing can be said`);
  if (not_looked_at_s >= 0.5) parts.push(`${span(seconds(not_looked_at_s))} nobody looked at`);
  return `${parts.join(", ")}.`;
}
