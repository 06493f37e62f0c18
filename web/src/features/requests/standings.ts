// How a grant stands, in words. Pure.

import type { Grant } from "../../shared/api/types";

export type Tone = "plain" | "good" | "warn" | "bad" | "info";

const standings: Record<string, { words: string; tone: Tone }> = {
  waits: { words: "Waits for a decision", tone: "warn" },
  stands: { words: "Stands", tone: "good" },
  refused: { words: "Refused", tone: "bad" },
  withdrawn: { words: "Withdrawn", tone: "plain" },
  ended: { words: "Ended", tone: "plain" },
};

export const standing = (grant: Grant): { words: string; tone: Tone } => standings[grant.standing] ?? { words: grant.standing, tone: "plain" };

export interface Sorted {
  waiting: Grant[];
  mine: Grant[];
  others: Grant[];
}

const acts = (grant: Grant): boolean => grant.acts.includes("decide") || grant.acts.includes("review");

/** Each grant in one place: what waits for this person first, then their own, then the rest. */
export const sorted = (grants: readonly Grant[]): Sorted => ({
  waiting: grants.filter(acts),
  mine: grants.filter((grant) => grant.mine && !acts(grant)),
  others: grants.filter((grant) => !grant.mine && !acts(grant)),
});
