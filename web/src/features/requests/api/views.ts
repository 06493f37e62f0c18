// Requests to look at cameras in force, to set them up.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { AskedView } from "../../../shared/api/types";

const key = ["view-requests"];

export const useViewRequests = () =>
  useQuery({ queryKey: key, queryFn: ({ signal }) => askOrThrow<AskedView[]>("/commissioning", signal), refetchInterval: 10_000 });

export function useDecideView(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (agree: boolean) => actOrThrow<undefined>("POST", `/commissioning/${id}/decide`, { agree }),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
}
