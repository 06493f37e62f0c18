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
