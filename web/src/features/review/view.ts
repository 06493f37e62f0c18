// The timeline's geometry: which stretch of time is on the screen, and what a wheel, a drag or a key makes of it. Pure.

import { between, plus, type Seconds, seconds, type WallTicks, wallTicks } from "../../shared/time/units";

/** What is on the screen: a moment in the middle and how much fits. */
export interface View {
  centre: WallTicks;
  width: Seconds;
}

/** From a minute to ninety days. */
export const NARROWEST = seconds(30);
export const WIDEST = seconds(90 * 86_400);

export const start = (view: View): WallTicks => plus(view.centre, seconds(view.width / -2));
export const end = (view: View): WallTicks => plus(view.centre, seconds(view.width / 2));

export const xOf = (view: View, at: WallTicks, pixels: number): number => (between(start(view), at) / view.width) * pixels;
export const timeAt = (view: View, x: number, pixels: number): WallTicks => plus(start(view), seconds((x / Math.max(1, pixels)) * view.width));

/** Zooms by `factor` around the moment under the pointer, which stays under it. */
export function zoom(view: View, factor: number, x: number, pixels: number): View {
  const anchor = timeAt(view, x, pixels);
  const width = seconds(Math.min(WIDEST, Math.max(NARROWEST, view.width * factor)));
  const toCentre = (0.5 - x / Math.max(1, pixels)) * width;
  return { width, centre: plus(anchor, seconds(toCentre)) };
}

export const pan = (view: View, byPixels: number, pixels: number): View => ({ ...view, centre: plus(view.centre, seconds((byPixels / Math.max(1, pixels)) * view.width)) });

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600];

/** Marks at round times, not closer than `apart` pixels. */
export function ticks(view: View, pixels: number, apart = 90): { at: WallTicks; step: number }[] {
  const wanted = (view.width / Math.max(1, pixels)) * apart;
  const step = steps.find((candidate) => candidate >= wanted) ?? 2_592_000;
  const first = Math.ceil(start(view) / 90_000 / step) * step;
  const last = end(view) / 90_000;
  const marks: { at: WallTicks; step: number }[] = [];
  for (let s = first; s <= last; s += step) marks.push({ at: wallTicks(s * 90_000), step });
  return marks;
}

/** The stretch to ask the recorder for: wider than the screen, at round edges, so that small moves ask for nothing new. */
export function requestFor(view: View): { from: WallTicks; to: WallTicks } {
  const grain = 2 ** Math.ceil(Math.log2(view.width * 90_000));
  return {
    from: wallTicks(Math.floor((start(view) - grain / 2) / grain) * grain),
    to: wallTicks(Math.ceil((end(view) + grain / 2) / grain) * grain),
  };
}
