// The acts on cameras. Each gives the camera as it is afterwards, which goes straight into the cache.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { camerasKey } from "../../../shared/api/cameras";
import { actOrThrow } from "../../../shared/api/client";
import type { AddCamera, CameraDetail, ChangeCamera, DecoderVerdict, FileException, FilePaper } from "../../../shared/api/types";
import { cameraKey } from "./detail";

function useKeep() {
  const queries = useQueryClient();
  return (camera: CameraDetail) => {
    queries.setQueryData(cameraKey(camera.id), camera);
    return queries.invalidateQueries({ queryKey: camerasKey });
  };
}

/** Takes seconds: the device is asked who it is, and judged. */
export const useAddCamera = () => useMutation({ mutationFn: (asked: AddCamera) => actOrThrow<CameraDetail>("POST", "/cameras", asked), onSuccess: useKeep() });

/** Takes seconds as well. */
export const useJudgeAgain = (id: string) => useMutation({ mutationFn: () => actOrThrow<CameraDetail>("POST", `/cameras/${id}/judge`), onSuccess: useKeep() });

/** Takes seconds: the camera is given a password, which is then proved. */
export const useSetPassword = (id: string) => useMutation({ mutationFn: () => actOrThrow<CameraDetail>("POST", `/cameras/${id}/password`), onSuccess: useKeep() });

export const useChangeCamera = (id: string) => useMutation({ mutationFn: (change: ChangeCamera) => actOrThrow<CameraDetail>("PATCH", `/cameras/${id}`, change), onSuccess: useKeep() });

export const useFilePaper = (id: string) => useMutation({ mutationFn: (asked: FilePaper) => actOrThrow<CameraDetail>("POST", `/cameras/${id}/papers`, asked), onSuccess: useKeep() });

export const useSignPaper = (id: string) => useMutation({ mutationFn: (declaration: string) => actOrThrow<CameraDetail>("POST", `/cameras/${id}/papers/${declaration}/sign`), onSuccess: useKeep() });

export const useFileException = (id: string) => useMutation({ mutationFn: (asked: FileException) => actOrThrow<CameraDetail>("POST", `/cameras/${id}/exceptions`, asked), onSuccess: useKeep() });

export const useSignException = (id: string) => useMutation({ mutationFn: (exception: string) => actOrThrow<CameraDetail>("POST", `/cameras/${id}/exceptions/${exception}/sign`), onSuccess: useKeep() });

export const useEndException = (id: string) => useMutation({ mutationFn: (exception: string) => actOrThrow<CameraDetail>("DELETE", `/cameras/${id}/exceptions/${exception}`), onSuccess: useKeep() });

export type DecoderAct = DecoderVerdict | "decode_again";

/** What becomes of a camera whose pictures ended decoders. */
export const useDecideOnDecoders = (id: string) =>
  useMutation({
    mutationFn: ({ act, reason }: { act: DecoderAct; reason: string }) =>
      act === "decode_again" ? actOrThrow<CameraDetail>("POST", `/cameras/${id}/decode`, { reason }) : actOrThrow<CameraDetail>("POST", `/cameras/${id}/decoder-decision`, { decision: act, reason }),
    onSuccess: useKeep(),
  });

export function useRemoveCamera(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => actOrThrow<undefined>("DELETE", `/cameras/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: camerasKey }),
  });
}
