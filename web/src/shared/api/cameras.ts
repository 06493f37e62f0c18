import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "./client";
import type { Camera } from "./types";

export const camerasKey = ["cameras"];

/** All cameras with verdict and state; asked again every few seconds while somebody looks. */
export const useCameras = (everyMs = 5000) =>
  useQuery({ queryKey: camerasKey, queryFn: ({ signal }) => askOrThrow<Camera[]>("/cameras", signal), refetchInterval: everyMs });
