// Grants that concern the person signed in: pages that show footage say under which one, and offer to ask when there is none.

import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "./client";
import type { Grant, Grants } from "./types";
import type { WallTicks } from "../time/units";

export const grantsKey = ["grants"];

export const useGrants = () => useQuery({ queryKey: grantsKey, queryFn: ({ signal }) => askOrThrow<Grants>("/grants", signal), refetchInterval: 10_000 });

/** The person's own grant under which that moment of that camera may be looked at now: the one that stands longest. */
export function grantFor(grants: readonly Grant[], camera: string, at: WallTicks): Grant | null {
  const covers = (grant: Grant): boolean =>
    grant.mine && grant.standing === "stands" && grant.from_90k <= at && at < grant.to_90k && grant.cameras.some((one) => one.camera === camera);
  return grants.filter(covers).sort((one, other) => Number(other.export) - Number(one.export) || other.until_90k - one.until_90k)[0] ?? null;
}

/** What a grant is called among people: its case, or that glass was broken. */
export const grantName = (grant: Grant): string => (grant.origin === "break_glass" ? "broken glass" : `case ${grant.case}`);
