// Versions for tests.

import type { PolicyInFull, PolicyReading, PolicySection, PolicyVersion } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";

export const noon = fromDate(new Date("2026-11-23T12:00:00Z"));

/** A version in force, decided by Otto Owens. */
export const version = (over: Partial<PolicyVersion>): PolicyVersion => ({
  number: 1, hash: "ab", state: "in_force", origin: "viewer", drafted_by: "Ada Archer", drafted_90k: noon, approved_by: "Otto Owens", approved_90k: noon, force_90k: noon, forced_90k: noon, ...over,
});

/** A draft of Ada Archer. */
export const draft = (over: Partial<PolicyVersion>): PolicyVersion => version({ number: 2, state: "draft", approved_by: null, approved_90k: null, force_90k: null, forced_90k: null, ...over });

export const section = (rule: string, heading: string, ...paragraphs: string[]): PolicySection => ({ rule, heading, paragraphs });

export const reading = (over: Partial<PolicyReading>): PolicyReading => ({ mistakes: [], can_come_into_force: true, findings: [], unnamed: [], unknown: [], cameras: [], prose: [], plan: null, ...over });

export const inFull = (of: PolicyVersion, text: string, over: Partial<PolicyReading>): PolicyInFull => ({
  version: of, text, reading: reading(over), acts: [{ act: "drafted", by: of.drafted_by, at_90k: noon, reason: "", entry: 12 }], acceptances: [],
});
