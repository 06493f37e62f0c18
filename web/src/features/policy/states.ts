// A version's place in its life, in words, and what each person may do with it next. Pure; the recorder decides.

import type { PolicyVersion, Role } from "../../shared/api/types";
import { moment } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";

type State = PolicyVersion["state"];

export const stateName: Record<State, string> = { draft: "Draft", approved: "Approved", in_force: "In force", superseded: "Superseded", withdrawn: "Withdrawn" };

export const stateTone = { draft: "warn", approved: "info", in_force: "good", superseded: "plain", withdrawn: "plain" } as const;

const at = (ticks: number | null | undefined): string => (ticks == null ? "a time that is not known" : moment(wallTicks(ticks)));

/** Where it stands, since when, and by whom: the replacement for "who decided this" is always a name and a date. */
export function stateWords(version: PolicyVersion): string {
  switch (version.state) {
    case "draft": return version.advice == null ? `Proposed by ${version.drafted_by}. It waits for the data protection officer's advice, then for approval. It changes nothing yet.` : `Proposed by ${version.drafted_by}. The data protection officer has advised; it waits for a system owner's approval. It changes nothing yet.`;
    case "approved": return `${decided(version)} It takes force on ${at(version.force_90k)}. Until then it changes nothing and can be withdrawn.`;
    case "in_force": return `${decided(version)} In force since ${at(version.forced_90k)}.`;
    case "superseded": return `${decided(version)} It was in force from ${at(version.forced_90k)} until ${at(version.ended_90k)}.`;
    case "withdrawn": return `It was given up on ${at(version.ended_90k)} and never came into force.`;
  }
}

/** `Decided by Otto Owens on Mon 23 Nov 2026, 14:03:27 GMT.` */
export const decided = (version: PolicyVersion): string =>
  version.approved_by == null ? "" : `Decided by ${version.approved_by} on ${at(version.approved_90k)}.`;

const origins: Record<PolicyVersion["origin"], string> = { viewer: "proposed in the viewer", import: "imported as a file", first_start: "given at the first start" };
export const originWords = (origin: PolicyVersion["origin"]): string => origins[origin];

export type Act = "draft" | "advise" | "approve" | "withdraw";

/** Who may do it. */
const whose: Record<Act, readonly Role[]> = { draft: ["administrator", "owner"], advise: ["dpo"], approve: ["owner"], withdraw: ["administrator", "owner"] };

/** Who does it, for somebody who may not. */
export const whoWords: Record<Act, string> = {
  draft: "Administrators and system owners propose a new version.",
  advise: "A data protection officer advises.",
  approve: "A system owner approves; where there are two, not the one who proposed it.",
  withdraw: "An administrator or a system owner withdraws a draft; only a system owner withdraws what was approved.",
};

export const may = (roles: readonly Role[], act: Act): boolean => whose[act].some((role) => roles.includes(role));

/** What each state leaves to do; of what is approved only an owner gives up. */
const open: Record<State, readonly Act[]> = { draft: ["advise", "approve", "withdraw"], approved: ["advise", "withdraw"], in_force: [], superseded: [], withdrawn: [] };

/** The acts that the version's state and the person's roles leave, in the order of its life. */
export const actsFor = (version: PolicyVersion, roles: readonly Role[]): Act[] =>
  open[version.state].filter((act) => may(roles, version.state === "approved" && act === "withdraw" ? "approve" : act));

/** Who has to act next; `null` when nobody has. */
export function waitsFor(version: PolicyVersion): string | null {
  if (version.state !== "draft") return null;
  return version.advice == null ? whoWords.advise : whoWords.approve;
}

/** The version that somebody would compare it with first: for a proposal the one in force, for a past one the one in force before it. */
export function before(versions: readonly PolicyVersion[], number: number): number | null {
  const of = versions.find((version) => version.number === number);
  const isProposal = of?.state === "draft" || of?.state === "approved";
  const inForce = versions.find((version) => version.state === "in_force");
  if (isProposal && inForce !== undefined) return inForce.number;
  const older = versions.filter((version) => version.number < number).sort((a, b) => b.number - a.number);
  return (older.find((version) => version.forced_90k != null) ?? older[0])?.number ?? null;
}

const acts: Record<string, string> = { drafted: "Proposed", advised: "Advice given", approved: "Approved", withdrawn: "Withdrawn", in_force: "Came into force", superseded: "Superseded" };
export const actWords = (act: string): string => acts[act] ?? act.replaceAll("_", " ");
