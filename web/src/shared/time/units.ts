// Times have brands, so that ticks are not seconds. Every conversion is in this file.

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** A moment: 90 kHz ticks since 1970-01-01T00:00:00Z. */
export type WallTicks = Branded<number, "WallTicks">;
/** A span in seconds. */
export type Seconds = Branded<number, "Seconds">;
/** A moment of the page's own clock, in milliseconds (`performance.now`). */
export type PageMillis = Branded<number, "PageMillis">;
/** Microseconds of the media or of the server's clock, as on the live wire. */
export type Micros = Branded<number, "Micros">;

export const TICKS_PER_SECOND = 90_000;
export const SECONDS_PER_DAY = 86_400;

export const wallTicks = (ticks: number): WallTicks => ticks as WallTicks;
export const seconds = (value: number): Seconds => value as Seconds;
export const pageMillis = (value: number): PageMillis => value as PageMillis;
export const micros = (value: number): Micros => value as Micros;

export const fromDate = (date: Date): WallTicks => wallTicks(date.getTime() * (TICKS_PER_SECOND / 1000));
export const toDate = (at: WallTicks): Date => new Date(at / (TICKS_PER_SECOND / 1000));
export const negative = (span: Seconds): Seconds => seconds(0 - span);
export const plus = (at: WallTicks, span: Seconds): WallTicks => wallTicks(Math.round(at + span * TICKS_PER_SECOND));
export const between = (from: WallTicks, to: WallTicks): Seconds => seconds((to - from) / TICKS_PER_SECOND);

const siteZone = "Europe/London";
const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: siteZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

/** `2026-11-23T14:03` in the site's own time, as an input for date and time takes it. */
export const toLocal = (at: WallTicks): string => parts.format(toDate(at)).replace(" ", "T");

/** The moment that such a text names; the first of two when the clocks go back. `null` when it names none. */
export function fromLocal(text: string): WallTicks | null {
  const asUtc = Date.parse(`${text}:00Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) || Number.isNaN(asUtc)) return null;
  const hours = [1, 0].map((ahead) => fromDate(new Date(asUtc - ahead * 3_600_000)));
  return hours.find((at) => toLocal(at) === text) ?? fromDate(new Date(asUtc));
}
