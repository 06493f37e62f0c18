import { useMutation, useQueryClient } from "@tanstack/react-query";
import { actOrThrow } from "../../../shared/api/client";
import { grantsKey } from "../../../shared/api/grants";
import type { AskGrant, BreakGlass, DecideGrant, Grant, ReviewGrant, WithdrawGrant } from "../../../shared/api/types";

function useAct<Asked>(path: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked) => actOrThrow<Grant>("POST", path, asked),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: grantsKey });
      // Broken glass, and its review, change what everybody is told.
      await queries.invalidateQueries({ queryKey: ["strip"] });
    },
  });
}

export const useAsk = () => useAct<AskGrant>("/grants");
export const useBreakGlass = () => useAct<BreakGlass>("/break-glass");
export const useDecide = (id: string) => useAct<DecideGrant>(`/grants/${id}/decide`);
export const useWithdraw = (id: string) => useAct<WithdrawGrant>(`/grants/${id}/withdraw`);
export const useReview = (id: string) => useAct<ReviewGrant>(`/grants/${id}/review`);
