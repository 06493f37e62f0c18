import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { CertificateInFull, ExtendHold, Hold, Holds, LiftHold, PlacedHold, PlaceHold } from "../../../shared/api/types";

const holdsKey = ["holds"];

export const useHolds = () => useQuery({ queryKey: holdsKey, queryFn: ({ signal }) => askOrThrow<Holds>("/holds", signal), refetchInterval: 30_000 });

function useAct<Asked, Given>(act: (asked: Asked) => Promise<Given>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries({ queryKey: holdsKey }) });
}

export const usePlaceHold = () => useAct((asked: PlaceHold) => actOrThrow<PlacedHold>("POST", "/holds", asked));
export const useExtendHold = (id: string) => useAct((asked: ExtendHold) => actOrThrow<Hold>("POST", `/holds/${id}/extend`, asked));
export const useLiftHold = (id: string) => useAct((asked: LiftHold) => actOrThrow<Hold>("POST", `/holds/${id}/lift`, asked));

/** One certificate in full. */
export const useCertificate = (segment: string) => useQuery({ queryKey: ["certificate", segment], queryFn: ({ signal }) => askOrThrow<CertificateInFull>(`/certificates/${segment}`, signal) });
