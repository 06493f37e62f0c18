// The lists cameras are judged by. Each act gives the state afterwards.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { camerasKey } from "../../../shared/api/cameras";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import { systemKey } from "../../../shared/api/system";
import type { ListsState } from "../../../shared/api/types";

const listsKey = ["lists"];

/** What is in force and what is offered; another person may act at the same time. */
export const useLists = () => useQuery({ queryKey: listsKey, queryFn: ({ signal }) => askOrThrow<ListsState>("/lists", signal), refetchInterval: 5_000 });

function useKeep() {
  const queries = useQueryClient();
  return async (state: ListsState) => {
    queries.setQueryData(listsKey, state);
    await Promise.all([camerasKey, systemKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

/** The file goes as it is: whether it is a bundle is the recorder's to say. */
export const useOfferLists = () => useMutation({ mutationFn: (file: File) => actOrThrow<ListsState>("POST", "/lists/offer", file), onSuccess: useKeep() });

export const useConfirmLists = () => useMutation({ mutationFn: (version: number) => actOrThrow<ListsState>("POST", "/lists/confirm", { version }), onSuccess: useKeep() });

export const useWithdrawLists = () => useMutation({ mutationFn: () => actOrThrow<ListsState>("DELETE", "/lists/offer"), onSuccess: useKeep() });
