// Looking at a camera to set it up. Each act gives how it stands afterwards, which goes straight into the cache; pictures are never kept in it.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, type Answer, askFile, askOrThrow } from "../../../shared/api/client";
import type { Commissioning } from "../../../shared/api/types";
import { type WallTicks, wallTicks } from "../../../shared/time/units";

const key = (camera: string) => ["commissioning", camera];

export const useCommissioning = (camera: string) =>
  useQuery({ queryKey: key(camera), queryFn: ({ signal }) => askOrThrow<Commissioning>(`/cameras/${camera}/commissioning`, signal), refetchInterval: 10_000 });

function useKeep(camera: string) {
  const queries = useQueryClient();
  return (state: Commissioning) => { queries.setQueryData(key(camera), state); };
}

function useAnew(camera: string) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: key(camera) });
}

export const useBeginView = (camera: string) =>
  useMutation({ mutationFn: (reason: string) => actOrThrow<Commissioning>("POST", `/cameras/${camera}/commissioning`, { reason }), onSuccess: useKeep(camera) });

export const useKeepStill = (camera: string, look: string) =>
  useMutation({ mutationFn: () => actOrThrow<Commissioning>("POST", `/commissioning/${look}/still`), onSuccess: useKeep(camera) });

export const useSignView = (camera: string, look: string) =>
  useMutation({ mutationFn: (said: { right: boolean; remark: string }) => actOrThrow<Commissioning>("POST", `/commissioning/${look}/sign`, said), onSuccess: useKeep(camera) });

export const useEndView = (camera: string, look: string) =>
  useMutation({ mutationFn: () => actOrThrow<undefined>("DELETE", `/commissioning/${look}`), onSettled: useAnew(camera) });

export const useDeleteStill = (camera: string) =>
  useMutation({ mutationFn: () => actOrThrow<undefined>("DELETE", `/cameras/${camera}/mask-still`), onSettled: useAnew(camera) });

export interface SetUpPicture {
  file: Blob;
  /** When it was received, by the recorder's clock. */
  taken: WallTicks;
}

async function picture(path: string, signal: AbortSignal): Promise<Answer<SetUpPicture>> {
  const answer = await askFile(path, signal);
  if (!answer.ok) return answer;
  return { ok: true, value: { file: answer.value.file, taken: wallTicks(Number(answer.value.headers.get("picture-at-90k"))) } };
}

/** The newest picture of a look. */
export const getPicture = (look: string, signal: AbortSignal) => picture(`/commissioning/${look}/picture`, signal);

/** The still that is kept; each time it is asked for is an entry in the log. */
export const getStill = (camera: string, signal: AbortSignal) => picture(`/cameras/${camera}/mask-still`, signal);
