import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { SearchState, StartSearch } from "../../../shared/api/types";

const searchKey = ["camera-search"];
const goesOn = (state: SearchState | undefined): boolean => state?.search != null && state.search.ended_90k == null;

/** The search that goes on, or the last one; asked each second while it goes on. */
export const useSearch = () =>
  useQuery({ queryKey: searchKey, queryFn: ({ signal }) => askOrThrow<SearchState>("/camera-search", signal), refetchInterval: ({ state }) => (goesOn(state.data) ? 1000 : false) });

function useKeepSearch() {
  const queries = useQueryClient();
  return (state: SearchState) => { queries.setQueryData(searchKey, state); };
}

export const useStartSearch = () => useMutation({ mutationFn: (asked: StartSearch) => actOrThrow<SearchState>("POST", "/camera-search", asked), onSuccess: useKeepSearch() });

export const useStopSearch = () => useMutation({ mutationFn: () => actOrThrow<SearchState>("DELETE", "/camera-search"), onSuccess: useKeepSearch() });

/** Somebody was added: which of those found are cameras has changed. */
export function useSearchAgain() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: searchKey });
}
