// Searching entries in words, and what their groups say. Pure.

import type { LogEntry, LogGroups } from "../../shared/api/types";
import { interval, moment, timesInWords } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";

/** Kinds as headings of one or two words. */
const kinds: Record<string, string> = {
  recorder_started: "Recorder", recorder_stopped: "Recorder", set_up: "Set-up", configuration_changed: "Configuration", keys_changed: "Keys",
  signed_in: "Sign-in", signed_out: "Sign-in", sign_in_refused: "Sign-in refused", password_accepted: "Sign-in",
  sign_in_confirmed: "Sign-in", sign_in_ended: "Sign-in", second_factor_changed: "Second factor",
  person_changed: "People", camera_added: "Camera", camera_changed: "Camera", camera_removed: "Camera", camera_judged: "Verdict",
  look_live: "Live look", look_playback: "Playback", look_commissioning: "Setting up", camera_commissioned: "Setting up", look_ended: "Look ended", look_refused: "Look refused",
  footage_downloaded: "Download", player_address_given: "Player", motion_searched: "Motion search", motion_tried: "Motion trial",
  log_read: "Log read", log_exported: "Log export", details_erased: "Erasure", check_started: "Check", segments_closed: "Segments", footage_deleted: "Deletion", epoch_rotated: "Keys",
  hold_placed: "Hold", hold_extended: "Hold", hold_lifted: "Hold", hold_lapsed: "Hold", holds_confirmed: "Holds",
  second_look: "Second look", shortening_stopped: "Shortening", shortening_resumed: "Shortening",
  policy_drafted: "Policy proposed", policy_advised: "Policy advice", policy_approved: "Policy approved", policy_withdrawn: "Policy withdrawn",
  policy_in_force: "Policy in force", policy_superseded: "Policy superseded", policy_accepted: "Policy accepted",
  grant_asked: "Request", grant_approved: "Grant", grant_refused: "Request refused", grant_withdrawn: "Grant withdrawn",
  break_glass_used: "Broken glass", break_glass_reviewed: "Review", incident_marked: "Incident",
  alarm_raised: "Alarm", alarm_settled: "Alarm",
};

export const kindName = (kind: string): string => kinds[kind] ?? kind.replaceAll("_", " ");

/** What happened, with its times as this page says them. */
export const words = (entry: LogEntry): string => timesInWords(entry.words);

/** The interval of footage an entry concerns, in words. */
export const footage = (entry: LogEntry): string | null =>
  entry.from_90k == null || entry.to_90k == null ? null : interval(wallTicks(entry.from_90k), wallTicks(entry.to_90k));

const text = (entry: LogEntry): string =>
  [words(entry), entry.who, kindName(entry.kind), entry.reason ?? "", ...entry.cameras, moment(wallTicks(entry.at_90k)), footage(entry) ?? ""].join(" ").toLowerCase();

/** Entries that hold every word typed, in any order. */
export function search(entries: readonly LogEntry[], typed: string): LogEntry[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return entries.filter((entry) => {
    const whole = text(entry);
    return wanted.every((word) => whole.includes(word));
  });
}

export interface Group {
  name: string;
  /** The text as it is committed to, set out for reading; `null` when it was erased. */
  text: string | null;
}

/** The four groups an entry commits to, in their order. */
export const groups = (of: LogGroups): Group[] =>
  [
    { name: "Who", text: of.who ?? null },
    { name: "What", text: of.what ?? null },
    { name: "Why", text: of.why ?? null },
    { name: "Sent", text: of.sent ?? null },
  ].map(({ name, text: raw }) => ({ name, text: raw === null ? null : setOut(raw) }));

function setOut(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    // What is no JSON is shown as it is.
    return raw;
  }
}

/** `?entry=12`, when it names one. */
export function entryOf(parameter: string | null): number | null {
  return parameter !== null && /^\d{1,15}$/.test(parameter) ? Number(parameter) : null;
}
