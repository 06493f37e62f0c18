import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, type Answer, ask, askOrThrow } from "../../../shared/api/client";
import type { AdvisePolicy, ApprovePolicy, DraftPolicy, PolicyCheck, PolicyPlan, PolicyVersion, PolicyVersionDetail, PolicyVersions, WithdrawPolicy } from "../model";

const policyKey = ["policy"];

/** Every version, newest first. */
export const usePolicy = () => useQuery({ queryKey: [...policyKey, "versions"], queryFn: ({ signal }) => askOrThrow<PolicyVersions>("/policy", signal), refetchInterval: 15_000 });

/** One version: its prose, its file, what was done to it. */
export const useVersion = (number: number | null) =>
  useQuery({ queryKey: [...policyKey, "version", number], queryFn: ({ signal }) => askOrThrow<PolicyVersionDetail>(`/policy/versions/${number}`, signal), enabled: number !== null, refetchInterval: 15_000 });

/** What a version would change now. */
export const usePlan = (number: number) =>
  useQuery({ queryKey: [...policyKey, "plan", number], queryFn: ({ signal }) => askOrThrow<PolicyPlan>(`/policy/versions/${number}/plan`, signal), staleTime: 10_000 });

/** Reads a text as the recorder would; nothing is kept. */
export const askCheck = (text: string, signal: AbortSignal): Promise<Answer<PolicyCheck>> => ask("POST", "/policy/check", { text }, signal);

function useAct<Asked, Given>(act: (asked: Asked) => Promise<Given>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries({ queryKey: policyKey }) });
}

export const useDraft = () => useAct((asked: DraftPolicy) => actOrThrow<PolicyVersion>("POST", "/policy/versions", asked));
export const useAdvise = (number: number) => useAct((asked: AdvisePolicy) => actOrThrow<PolicyVersion>("POST", `/policy/versions/${number}/advise`, asked));
export const useApprove = (number: number) => useAct((asked: ApprovePolicy) => actOrThrow<PolicyVersion>("POST", `/policy/versions/${number}/approve`, asked));
export const useWithdraw = (number: number) => useAct((asked: WithdrawPolicy) => actOrThrow<PolicyVersion>("POST", `/policy/versions/${number}/withdraw`, asked));
