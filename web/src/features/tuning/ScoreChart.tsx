import { type CSSProperties, useState } from "react";
import type { MotionTrial, TrialDetail } from "../../shared/api/types";
import { clockTime } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { type Corner, pointedAt } from "../../shared/picture/corners";
import { pointWords, runs, scaleTop, type Shown } from "./found";

const HEIGHT = 120;
const BAR = 10;

/** The score over time, its threshold, what cannot be said, and below it what would become of the footage. */
export function ScoreChart({ trial, detail, at, onAt }: { trial: MotionTrial; detail: TrialDetail; at: number; onAt: (at: number) => void }) {
  const { trace } = detail;
  const first = trace[0]?.at_90k ?? trial.from_90k;
  const end = trial.looked_to_90k;
  const top = scaleTop(detail, trial.method.contrast_levels);
  const x = (ticks: number) => (Math.min(Math.max(ticks, first), end) - first) / Math.max(1, end - first) * trace.length;
  const y = (score: number) => HEIGHT - (score / top) * HEIGHT;
  const point = trace[at];
  const bar = (from: number, to: number, row: number, name: string, key: string) => (
    <rect key={key} className={name} x={x(from)} y={HEIGHT + 6 + row * (BAR + 4)} width={Math.max(0.5, x(to) - x(from))} height={BAR} />
  );
  return (
    <figure className="score">
      <svg className="score-chart" viewBox={`0 0 ${Math.max(1, trace.length)} ${HEIGHT + 40}`} preserveAspectRatio="none" role="img" aria-label="Score over time. The table and the list below say the same in words.">
        <rect className="score-ground" x={0} y={0} width={trace.length} height={HEIGHT} />
        <Stretches trace={trace} shown="nothing" />
        <Stretches trace={trace} shown="unsure" />
        {trace.map(({ at_90k, score }, place) => (score > 0 ? <rect key={at_90k} className="score-moved" x={place} y={y(score)} width={1} height={HEIGHT - y(score)} /> : null))}
        <line className="score-threshold" x1={0} x2={trace.length} y1={y(trial.method.contrast_levels)} y2={y(trial.method.contrast_levels)} />
        {detail.footage.map((one) => bar(one.start_90k, one.end_90k, 0, `score-${one.tried}`, one.segment))}
        {(detail.left_out ?? []).map((one) => bar(one.start_90k, one.end_90k, 1, "score-left-out", String(one.start_90k)))}
        <line className="score-at" x1={at + 0.5} x2={at + 0.5} y1={0} y2={HEIGHT + 40} />
      </svg>
      <input className="score-slider" type="range" aria-label="Moment" min={0} max={Math.max(0, trace.length - 1)} value={at} onChange={(event) => { onAt(Number(event.target.value)); }} aria-valuetext={point === undefined ? "" : `${clockTime(wallTicks(point.at_90k))}, ${pointWords(point)}`} />
      <figcaption>
        <p role="status">{point === undefined ? null : <><time>{clockTime(wallTicks(point.at_90k))}</time>: {pointWords(point)}.</>}</p>
        <ul className="score-legend small">
          <Key name="score-moved">Score: how far what moves lies outside what its place may show, in levels of brightness</Key>
          <Key name="score-threshold-key">Threshold: {trial.method.contrast_levels} levels ({trial.method.step_levels} against the picture before, {trial.method.least_pixels} pixels)</Key>
          <Key name="score-unsure">Nothing can be said</Key>
          <Key name="score-nothing">No footage</Key>
          <Key name="score-kept">Kept for the full time</Key>
          <Key name="score-shortened">Kept for less time</Key>
          <Key name="score-beyond">Not judged</Key>
          {detail.left_out == null ? null : <Key name="score-left-out">Not recorded</Key>}
        </ul>
      </figcaption>
    </figure>
  );
}

function Stretches({ trace, shown }: { trace: TrialDetail["trace"]; shown: Shown }) {
  return <>{runs(trace, shown).map(({ from, to }) => <rect key={from} className={`score-${shown}`} x={from} y={0} width={to - from} height={HEIGHT} />)}</>;
}

function Key({ name, children }: { name: string; children: React.ReactNode }) {
  return <li><svg className="score-key" viewBox="0 0 14 14" aria-hidden="true"><rect className={name} width="14" height="14" /></svg><span>{children}</span></li>;
}

interface ZonePictureProps {
  picture: string | null;
  parts: readonly { key: number; counts: boolean; name: string; corners: readonly Corner[] }[];
  /** Rectangles around what moved. */
  moved: readonly number[][];
  /** The part that is being drawn. */
  drawing: number | null;
  onDraw: (one: Corner, other: Corner) => void;
}

/** The picture with its parts drawn over it; without a picture the parts on an empty one. Who does not draw types the sides beside it. */
export function ZonePicture({ picture, parts, moved, drawing, onDraw }: ZonePictureProps) {
  const [from, setFrom] = useState<Corner | null>(null);
  const [shape, setShape] = useState(16 / 9);
  const style: CSSProperties = { aspectRatio: shape };
  return (
    <div className="zone-picture" style={style}>
      {picture === null ? null : <img src={picture} alt="What the camera saw at that moment" onLoad={(event) => { setShape(event.currentTarget.naturalWidth / Math.max(1, event.currentTarget.naturalHeight)); }} />}
      <svg
        className={drawing === null ? "zone-drawing" : "zone-drawing zone-draws"} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"
        onPointerDown={(event) => { if (drawing === null) return; setFrom(pointedAt(event)); event.currentTarget.setPointerCapture(event.pointerId); }}
        onPointerMove={(event) => { if (from !== null) onDraw(from, pointedAt(event)); }}
        onPointerUp={(event) => { if (from !== null) onDraw(from, pointedAt(event)); setFrom(null); }}
        onPointerCancel={() => { setFrom(null); }}
      >
        {moved.map(([left = 0, top = 0, right = 0, bottom = 0], key) => <rect key={key} className="zone-moved" x={left * 100} y={top * 100} width={(right - left) * 100} height={(bottom - top) * 100} />)}
        {parts.map((part) => <polygon key={part.key} className={part.counts ? "zone-watch" : "zone-ignore"} points={part.corners.map(([x, y]) => `${x * 100},${y * 100}`).join(" ")} />)}
      </svg>
    </div>
  );
}
