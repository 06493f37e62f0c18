import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "../../../shared/api/client";
import type { CameraDetail } from "../../../shared/api/types";

export const cameraKey = (id: string) => ["camera", id];

/** One camera with every reason and the raw evidence: administrators and data protection officers. */
export const useCamera = (id: string) =>
  useQuery({ queryKey: cameraKey(id), queryFn: ({ signal }) => askOrThrow<CameraDetail>(`/cameras/${id}`, signal), refetchInterval: 10_000 });
