// Address tables. Each act gives all of them as they are afterwards.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { camerasKey } from "../../../shared/api/cameras";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { AddressTables, FileAddressTable } from "../../../shared/api/types";

const tablesKey = ["address-tables"];

/** Every table with what it says of the cameras. */
export const useTables = () => useQuery({ queryKey: tablesKey, queryFn: ({ signal }) => askOrThrow<AddressTables>("/address-tables", signal), refetchInterval: 30_000 });

function useKeep() {
  const queries = useQueryClient();
  return (tables: AddressTables) => {
    queries.setQueryData(tablesKey, tables);
    return queries.invalidateQueries({ queryKey: camerasKey });
  };
}

export const useFileTable = () => useMutation({ mutationFn: (asked: FileAddressTable) => actOrThrow<AddressTables>("POST", "/address-tables", asked), onSuccess: useKeep() });

export const useSignTable = () => useMutation({ mutationFn: (id: string) => actOrThrow<AddressTables>("POST", `/address-tables/${id}/sign`), onSuccess: useKeep() });

export const useWithdrawTable = () => useMutation({ mutationFn: (id: string) => actOrThrow<AddressTables>("DELETE", `/address-tables/${id}`), onSuccess: useKeep() });
