import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { PolicyRules } from "../model";

const acceptanceKey = ["acceptance"];

/** Whether the person signed in has accepted the version in force; asked again, for a new one can come into force at any time. */
export const useAcceptance = () => useQuery({ queryKey: acceptanceKey, queryFn: ({ signal }) => askOrThrow<PolicyRules>("/policy/acceptance", signal), refetchInterval: 60_000 });

export function useAccept() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (asked: { number: number }) => actOrThrow<undefined>("POST", "/policy/acceptance", asked),
    onSuccess: () => queries.invalidateQueries({ queryKey: acceptanceKey }),
  });
}
