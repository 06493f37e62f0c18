import { useMutation, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, type Answer, ask } from "../../../shared/api/client";
import { policyKey } from "../../../shared/api/policy";
import type { AdvisePolicy, ApprovePolicy, PolicyFile, PolicyInFull, PolicyReading, WithdrawPolicy } from "../../../shared/api/types";

/** Reads a text as the recorder would; nothing is kept. */
export const askCheck = (text: string, signal: AbortSignal): Promise<Answer<PolicyReading>> => ask("POST", "/policy/check", { text }, signal);

function useAct<Asked, Given>(act: (asked: Asked) => Promise<Given>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries({ queryKey: policyKey }) });
}

export const useDraft = () => useAct((asked: PolicyFile) => actOrThrow<PolicyInFull>("POST", "/policy", asked));
export const useAdvise = (number: number) => useAct((asked: AdvisePolicy) => actOrThrow<PolicyInFull>("POST", `/policy/${number}/advise`, asked));
export const useApprove = (number: number) => useAct((asked: ApprovePolicy) => actOrThrow<PolicyInFull>("POST", `/policy/${number}/approve`, asked));
export const useWithdraw = (number: number) => useAct((asked: WithdrawPolicy) => actOrThrow<PolicyInFull>("POST", `/policy/${number}/withdraw`, asked));

/** Whoever sees footage accepts a version that is in force or will be. */
export const useAccept = (number: number) => useAct(() => actOrThrow<undefined>("POST", `/policy/${number}/accept`));
