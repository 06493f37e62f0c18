import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { askOrThrow, problemOf } from "../../shared/api/client";
import { timelinePath, type StreamName } from "../../shared/api/looks";
import type { ClaimSpan, MotionSpan, Span, Timeline as TimelineAnswer } from "../../shared/api/types";
import { clockMinute, clockTime, date, moment, span as spanWords } from "../../shared/time/format";
import { plus, seconds, type Seconds, wallTicks, type WallTicks } from "../../shared/time/units";
import { useShownTheme } from "../../shared/theme";
import { draw } from "./draw";
import { claimWords, motionAt, motionWords, neighbouringMotion } from "./motion";
import { neighbouringGap, spanAt, words } from "./spans";
import { end, pan, requestFor, start, ticks, timeAt, type View, zoom } from "./view";

interface TimelineProps {
  camera: string;
  stream: StreamName;
  /** Where the picture stands. */
  at: WallTicks;
  /** What the permission to look covers, if there is one. */
  allowed: { from: WallTicks; to: WallTicks } | null;
  onSeek: (at: WallTicks) => void;
  onSpans: (spans: Span[], motion: MotionSpan[]) => void;
}

const HEIGHT = 102;
const NO_MOTION: MotionSpan[] = [];
const NO_CLAIMS: ClaimSpan[] = [];
const DRAG_PIXELS = 4;

/** What is recorded, missing and deleted: wheel zooms, drag moves, click seeks, keys do all of it. */
export function Timeline({ camera, stream, at, allowed, onSeek, onSpans }: TimelineProps) {
  const [view, setView] = useState<View>({ centre: at, width: seconds(1800) });
  const [hover, setHover] = useState<{ x: number; at: WallTicks } | null>(null);
  const [pixels, setPixels] = useState(0);
  const theme = useShownTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ x: number; moved: boolean } | null>(null);

  const asked = useMemo(() => requestFor(view), [view]);
  const answer = useQuery({
    queryKey: ["timeline", camera, stream, asked.from, asked.to],
    queryFn: ({ signal }) => askOrThrow<TimelineAnswer>(timelinePath(camera, stream, asked.from, asked.to), signal),
    refetchInterval: 4000,
    placeholderData: keepPreviousData,
  });
  const spans = useMemo(() => answer.data?.spans ?? [], [answer.data]);

  const motion = answer.data?.motion ?? NO_MOTION;
  const claims = answer.data?.claims ?? NO_CLAIMS;

  useEffect(() => { onSpans(spans, motion); }, [spans, motion, onSpans]);

  // The picture walks through the view; when it leaves, the view follows.
  const [followed, setFollowed] = useState(at);
  if (followed !== at) {
    setFollowed(at);
    if (at < start(view) || at > end(view)) setView({ ...view, centre: at });
  }

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => { setPixels(element.clientWidth); });
    observer.observe(element);
    // React's wheel handler is passive; ours must keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const x = event.offsetX;
      const width = element.clientWidth;
      setView((before) => (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? pan(before, event.deltaX, width) : zoom(before, Math.exp(event.deltaY * 0.0016), x, width)));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, []);

  useEffect(() => {
    const element = canvas.current;
    if (element === null || pixels === 0) return;
    const frame = requestAnimationFrame(() => { draw(element, { view, spans, motion, claims, at, allowed, hover: hover?.at ?? null, marks: ticks(view, pixels) }); });
    return () => { cancelAnimationFrame(frame); };
  }, [view, spans, motion, claims, at, allowed, hover, pixels, theme]);

  const onKey = (event: React.KeyboardEvent) => {
    const by: Record<string, Seconds> = { ArrowLeft: seconds(event.shiftKey ? -60 : -1), ArrowRight: seconds(event.shiftKey ? 60 : 1), PageUp: seconds(-600), PageDown: seconds(600) };
    const move = by[event.key];
    if (move !== undefined) onSeek(plus(at, move));
    else if (event.key === "+" || event.key === "=") setView(zoom(view, 0.5, pixels / 2, pixels));
    else if (event.key === "-") setView(zoom(view, 2, pixels / 2, pixels));
    else if (event.key === "g" || event.key === "G") {
      const gap = neighbouringGap(spans, at, event.key === "g" ? 1 : -1);
      if (gap !== null) onSeek(gap);
    } else if (event.key === "m" || event.key === "M") {
      const moved = neighbouringMotion(motion, at, event.key === "m" ? 1 : -1);
      if (moved !== null) onSeek(moved);
    } else return;
    event.preventDefault();
  };

  const point = (event: React.PointerEvent): { x: number; at: WallTicks } => {
    const x = event.nativeEvent.offsetX;
    return { x, at: timeAt(view, x, pixels) };
  };

  return (
    <div className="timeline">
      <div className="timeline-head small">
        <strong><time>{moment(at)}</time></strong>
        <span className="quiet">{date(start(view))} {clockMinute(start(view))} to {clockMinute(end(view))} · {spanWords(view.width)}</span>
      </div>
      <canvas
        ref={canvas}
        className="timeline-canvas"
        height={HEIGHT}
        tabIndex={0}
        role="slider"
        aria-label="Timeline. Arrows move by a second, with Shift by a minute, Page keys by ten minutes, g to the next gap, m to the next motion, with Shift to the one before, plus and minus zoom."
        aria-valuemin={start(view)}
        aria-valuemax={end(view)}
        aria-valuenow={at}
        aria-valuetext={`${clockTime(at)}. ${describe(spans, motion, claims, at)}`}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          drag.current = { x: event.nativeEvent.offsetX, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const here = point(event);
          setHover(here);
          const held = drag.current;
          if (held === null) return;
          const by = held.x - here.x;
          if (!held.moved && Math.abs(by) < DRAG_PIXELS) return;
          setView(pan(view, by, pixels));
          drag.current = { x: here.x, moved: true };
        }}
        onPointerUp={(event) => {
          if (drag.current?.moved === false) onSeek(wallTicks(Math.round(point(event).at)));
          drag.current = null;
        }}
        onPointerLeave={() => { setHover(null); }}
      />
      <p className="timeline-words small" aria-live="off">
        {answer.isError ? problemOf(answer.error).detail : describe(spans, motion, claims, hover?.at ?? at)}
      </p>
      <Legend motion={motion} claims={claims} />
    </div>
  );
}

const describe = (spans: Span[], motion: MotionSpan[], claims: ClaimSpan[], at: WallTicks): string => {
  const span = spanAt(spans, at);
  const moved = motionAt(motion, at);
  const said = [span === null ? null : words(span), moved === null ? null : motionWords(moved), ...claimWords(claims, at)];
  return said.filter((one) => one !== null).join(". ");
};

/** What the drawing means. Motion is explained where somebody looks for it. */
function Legend({ motion, claims }: { motion: MotionSpan[]; claims: ClaimSpan[] }) {
  const rows: [string, string][] = [["recorded", "Recorded"], ["gap", "No footage"]];
  if (motion.length > 0) rows.push(["moved", "Something moved"], ["unsure", "Cannot be said"], ["still", "Nothing was seen to move"]);
  if (claims.length > 0) rows.push(["claim", "The camera says so"]);
  return (
    <ul className="timeline-legend small" aria-label="What the timeline shows">
      {rows.map(([name, label]) => <li key={name}><i className={`legend-${name}`} aria-hidden="true" />{label}</li>)}
    </ul>
  );
}
