import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, ask } from "../../../shared/api/client";
import { sessionKey } from "../../../shared/api/session";
import type { FactorSetUp, NewFactor, Session } from "../../../shared/api/types";

/** A new secret to be scanned. It is asked for once and forgotten with the page. */
export const useNewFactor = () =>
  useQuery({
    queryKey: ["new-factor"],
    queryFn: () => actOrThrow<NewFactor>("POST", "/session/factor"),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const useConfirmFactor = () => useMutation({ mutationFn: (code: string) => actOrThrow<FactorSetUp>("POST", "/session/factor/confirm", { code }) });

export function useShowCode() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (code: string) => actOrThrow<Session>("POST", "/session/code", { code }),
    onSuccess: (session) => { queries.setQueryData(sessionKey, session); },
  });
}

export function useShowPasskey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (credential: unknown) => actOrThrow<Session>("POST", "/session/passkey/show", { credential }),
    onSuccess: (session) => { queries.setQueryData(sessionKey, session); },
  });
}

/** Leaves a sign-in that was begun. */
export function useLeave() {
  const queries = useQueryClient();
  return async () => {
    await ask("DELETE", "/session");
    queries.setQueryData(sessionKey, null);
  };
}
