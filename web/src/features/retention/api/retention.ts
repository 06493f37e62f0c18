import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { ResumeShortening, Retention, Shortening } from "../../../shared/api/types";

/** Promised against actual, asked again while somebody looks. */
export const useRetention = () => useQuery({ queryKey: ["retention"], queryFn: ({ signal }) => askOrThrow<Retention>("/retention", signal), refetchInterval: 10_000 });

/** Lets lives be shortened again where nothing moved. */
export function useResumeShortening() {
  const queries = useQueryClient();
  const act = (asked: ResumeShortening) => actOrThrow<Shortening>("POST", "/retention/shortening", asked);
  return useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries({ queryKey: ["retention"] }) });
}
