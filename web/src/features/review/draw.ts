// Draws the timeline on its canvas: recorded solid, gaps hatched, deleted hatched wider, what the policy leaves out a thin line, the rest
// empty. Below it what moved: solid; what cannot be said: dots; what was looked at and still: a thin line. Below that what the camera itself
// says: hollow, because nobody here saw it.

import type { ClaimSpan, MotionSpan, Span } from "../../shared/api/types";
import { clockMinute, clockTime, date } from "../../shared/time/format";
import { SECONDS_PER_DAY, wallTicks, type WallTicks } from "../../shared/time/units";
import { isAsPolicySays } from "./spans";
import { type View, xOf } from "./view";

interface Picture {
  view: View;
  spans: readonly Span[];
  motion: readonly MotionSpan[];
  claims: readonly ClaimSpan[];
  at: WallTicks;
  allowed: { from: WallTicks; to: WallTicks } | null;
  hover: WallTicks | null;
  marks: { at: WallTicks; step: number }[];
}

const ROW = { top: 34, height: 40 };
const MOTION = { top: 78, height: 10 };
const CLAIMS = { top: 89, height: 4 };
const NARROWEST = 2;

export function draw(canvas: HTMLCanvasElement, picture: Picture): void {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const x = (at: WallTicks | number): number => xOf(picture.view, wallTicks(at), width);

  context.font = `12px ${style.fontFamily}`;
  context.textBaseline = "top";
  for (const mark of picture.marks) {
    const place = Math.round(x(mark.at)) + 0.5;
    context.fillStyle = colour("line");
    context.fillRect(place, 22, 1, height - 22);
    context.fillStyle = colour("text-quiet");
    const label = mark.step >= SECONDS_PER_DAY ? date(mark.at) : mark.step < 60 ? clockTime(mark.at) : clockMinute(mark.at);
    context.fillText(label, place + 4, 6);
  }

  context.fillStyle = colour("sunken");
  context.fillRect(0, ROW.top, width, ROW.height);
  for (const span of picture.spans) {
    const left = Math.max(0, x(span.start_90k));
    const right = Math.min(width, x(span.end_90k));
    if (right < 0 || left > width || span.kind === "unknown") continue;
    const wide = Math.max(NARROWEST, right - left);
    if (span.kind === "recorded") {
      context.fillStyle = colour("recorded");
      context.fillRect(left, ROW.top, wide, ROW.height);
    } else if (isAsPolicySays(span)) {
      context.fillStyle = colour("deleted-stripe");
      context.fillRect(left, ROW.top + ROW.height / 2 - 1, wide, 2);
    } else {
      hatch(context, left, wide, span.kind === "gap" ? colour("gap-stripe") : colour("deleted-stripe"), span.kind === "gap" ? 6 : 12);
    }
  }

  for (const span of picture.motion) {
    const left = Math.max(0, x(span.start_90k));
    const right = Math.min(width, x(span.end_90k));
    if (right < 0 || left > width) continue;
    const wide = Math.max(span.kind === "moved" ? NARROWEST : 0, right - left);
    context.fillStyle = colour(span.kind === "moved" ? "motion" : "deleted-stripe");
    if (span.kind === "moved") context.fillRect(left, MOTION.top, wide, MOTION.height);
    else if (span.kind === "still") context.fillRect(left, MOTION.top + MOTION.height - 1, wide, 1);
    else for (let dot = Math.ceil(left / 6) * 6; dot < left + wide; dot += 6) context.fillRect(dot, MOTION.top + MOTION.height - 4, 2, 2);
  }

  for (const span of picture.claims) {
    const left = Math.max(0, x(span.start_90k));
    const right = Math.min(width, x(span.end_90k));
    if (right < 0 || left > width) continue;
    context.strokeStyle = colour(span.kind === "motion" ? "motion" : "gap-stripe");
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, CLAIMS.top + 0.5, Math.max(NARROWEST, right - left) - 1, CLAIMS.height - 1);
  }

  if (picture.allowed !== null) {
    const from = x(picture.allowed.from);
    const to = x(picture.allowed.to);
    context.fillStyle = colour("accent");
    context.fillRect(from, CLAIMS.top + CLAIMS.height + 2, Math.max(NARROWEST, to - from), 4);
  }
  if (picture.hover !== null) line(context, x(picture.hover), height, colour("text-quiet"), 1);
  line(context, x(picture.at), height, colour("text"), 2);
  const head = x(picture.at);
  context.fillStyle = colour("text");
  context.beginPath();
  context.moveTo(head - 7, 22);
  context.lineTo(head + 7, 22);
  context.lineTo(head, 31);
  context.fill();
}

function hatch(context: CanvasRenderingContext2D, left: number, width: number, colour: string, apart: number): void {
  context.save();
  context.beginPath();
  context.rect(left, ROW.top, width, ROW.height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  for (let x = Math.floor(left / apart) * apart - ROW.height; x < left + width; x += apart) {
    context.moveTo(x, ROW.top + ROW.height);
    context.lineTo(x + ROW.height, ROW.top);
  }
  context.stroke();
  context.restore();
}

function line(context: CanvasRenderingContext2D, x: number, height: number, colour: string, width: number): void {
  context.fillStyle = colour;
  context.fillRect(x - width / 2, 22, width, height - 22);
}
