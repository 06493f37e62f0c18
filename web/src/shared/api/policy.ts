// The policy as several pages read it: its versions, and one of them in full.

import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "./client";
import type { Policies, PolicyInFull } from "./types";

export const policyKey = ["policy"];

/** Every version, the newest first, and what waits for whoever asks. */
export const usePolicies = (everyMs = 15_000) =>
  useQuery({ queryKey: [...policyKey, "versions"], queryFn: ({ signal }) => askOrThrow<Policies>("/policy", signal), refetchInterval: everyMs });

/** One version: its file, what it says, what it would change, what was done to it. Nothing is asked while no number is known. */
export const usePolicyVersion = (number: number | null) =>
  useQuery({ queryKey: [...policyKey, "version", number], queryFn: ({ signal }) => askOrThrow<PolicyInFull>(`/policy/${number}`, signal), enabled: number !== null, refetchInterval: 30_000 });
