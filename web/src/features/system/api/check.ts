import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { CheckState } from "../../../shared/api/types";

const checkKey = ["check"];

/** How checks of this recorder stand, asked often while one runs. */
export const useCheck = () => useQuery({
  queryKey: checkKey,
  queryFn: ({ signal }) => askOrThrow<CheckState>("/check", signal),
  refetchInterval: (query) => (query.state.data?.running == null ? 30_000 : 1000),
});

/** Begins a check; `true` reads every byte. */
export function useStartCheck() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (deep: boolean) => actOrThrow<CheckState>("POST", "/check", { deep }),
    onSettled: () => queries.invalidateQueries({ queryKey: checkKey }),
  });
}
