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
import { StillAbove } from "./StillAbove";
import { end, pan, requestFor, start, ticks, timeAt, type View, xOf, zoom } from "./view";

interface TimelineProps {
  camera: string;
  stream: StreamName;
  /** Where the picture stands. */
  at: WallTicks;
  /** What the permission to look covers, if there is one; then pictures of it are shown while somebody moves along. */
  allowed: { from: WallTicks; to: WallTicks } | null;
  look: string | null;
  onSeek: (at: WallTicks) => void;
  onSpans: (spans: Span[], motion: MotionSpan[]) => void;
}

const HEIGHT = 102;
const NO_MOTION: MotionSpan[] = [];
const NO_CLAIMS: ClaimSpan[] = [];
const DRAG_PIXELS = 4;
/** Whoever takes hold so near to the head drags it, and not the view. */
const HEAD_PIXELS = 9;

/** What is recorded, missing and deleted: wheel zooms, drag moves, the head is dragged to scrub, click seeks, keys do all of it. */
export function Timeline({ camera, stream, at, allowed, look, onSeek, onSpans }: TimelineProps) {
  const [view, setView] = useState<View>({ centre: at, width: seconds(1800) });
  const [hover, setHover] = useState<{ x: number; at: WallTicks } | null>(null);
  const [pixels, setPixels] = useState(0);
  const theme = useShownTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ x: number; moved: boolean; head: boolean } | null>(null);
  // Where a key sent the head: the picture of it is shown until they look elsewhere.
  const [keyed, setKeyed] = useState<WallTicks | null>(null);

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
    const go = (to: WallTicks | null) => {
      if (to === null) return;
      setHover(null);
      setKeyed(to);
      onSeek(to);
    };
    if (event.key === "Escape") setKeyed(null);
    else if (move !== undefined) go(plus(at, move));
    else if (event.key === "+" || event.key === "=") setView(zoom(view, 0.5, pixels / 2, pixels));
    else if (event.key === "-") setView(zoom(view, 2, pixels / 2, pixels));
    else if (event.key === "g" || event.key === "G") go(neighbouringGap(spans, at, event.key === "g" ? 1 : -1));
    else if (event.key === "m" || event.key === "M") go(neighbouringMotion(motion, at, event.key === "m" ? 1 : -1));
    else return;
    event.preventDefault();
  };

  const scrub = hover ?? (keyed === null ? null : { x: xOf(view, keyed, pixels), at: keyed });

  const point = (event: React.PointerEvent): { x: number; at: WallTicks } => {
    const x = event.nativeEvent.offsetX;
    return { x, at: wallTicks(Math.round(timeAt(view, x, pixels))) };
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
          const x = event.nativeEvent.offsetX;
          drag.current = { x, moved: false, head: Math.abs(x - xOf(view, at, pixels)) <= HEAD_PIXELS };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const here = point(event);
          setHover(here);
          setKeyed(null);
          const held = drag.current;
          if (held === null || held.head) return;
          const by = held.x - here.x;
          if (!held.moved && Math.abs(by) < DRAG_PIXELS) return;
          setView(pan(view, by, pixels));
          drag.current = { x: here.x, moved: true, head: false };
        }}
        onPointerUp={(event) => {
          if (drag.current?.moved === false) onSeek(point(event).at);
          drag.current = null;
        }}
        onPointerCancel={() => { drag.current = null; }}
        onPointerLeave={() => { setHover(null); }}
        onBlur={() => { setKeyed(null); }}
      />
      {look === null || allowed === null || scrub === null ? null : (
        <StillAbove look={look} camera={camera} stream={stream} at={scrub.at} x={scrub.x} pixels={pixels} allowed={allowed} />
      )}
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
