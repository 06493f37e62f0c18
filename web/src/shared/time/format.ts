// Times and amounts for people: British English, tabular, the zone named where it matters.

import { between, fromDate, type Seconds, SECONDS_PER_DAY, toDate, type WallTicks } from "./units";

const zone = "Europe/London";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric" });
const shortZone = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" });

/** `14:03:27` */
export const clockTime = (at: WallTicks): string => clock.format(toDate(at));
/** `14:03` */
export const clockMinute = (at: WallTicks): string => minute.format(toDate(at));
/** `Mon 23 Nov 2026` */
export const date = (at: WallTicks): string => day.format(toDate(at)).replace(",", "");
/** `GMT` or `BST` */
export const zoneName = (at: WallTicks): string =>
  shortZone.formatToParts(toDate(at)).find((part) => part.type === "timeZoneName")?.value ?? "";
/** `Mon 23 Nov 2026, 14:03:27 GMT` */
export const moment = (at: WallTicks): string => `${date(at)}, ${clockTime(at)} ${zoneName(at)}`;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** `3 s`, `4 min 10 s`, `2 h 5 min`, `6 days` */
export function span(length: Seconds): string {
  const whole = Math.max(0, Math.round(length));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 2 * SECONDS_PER_DAY) {
    const minutes = Math.round(whole / 60);
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  return plural(Math.round(whole / SECONDS_PER_DAY), "day");
}

/** `Mon 23 Nov 2026, 14:03:27 to 14:10:00 GMT (6 min 33 s)`; the end's own date only when it is another day. */
export function interval(from: WallTicks, to: WallTicks): string {
  const length = span(between(from, to));
  if (date(from) !== date(to) || zoneName(from) !== zoneName(to)) return `${moment(from)} to ${moment(to)} (${length})`;
  return `${date(from)}, ${clockTime(from)} to ${clockTime(to)} ${zoneName(to)} (${length})`;
}

/** A promise in whole days; one shorter than a day comes as 0. */
export const promised = (days: number): string => (days === 0 ? "less than a day" : plural(days, "day"));

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `812 MB`, `1.4 GB`: powers of a thousand, as disks are sold. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** `12 345` with a thin space, so that columns line up. */
export const count = (value: number): string => value.toLocaleString("en-GB").replaceAll(",", "\u2009");

const stamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence of the recorder with every stamp of UTC in it as this page says times. */
export const timesInWords = (sentence: string): string =>
  sentence.replace(stamp, (found) => {
    const at = new Date(found);
    return Number.isNaN(at.getTime()) ? found : moment(fromDate(at));
  });
