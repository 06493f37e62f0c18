import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "./client";
import type { System } from "./types";

export const systemKey = ["system"];

/** How the machine stands, asked again while somebody looks. */
export const useSystem = (everyMs = 5000) => useQuery({ queryKey: systemKey, queryFn: ({ signal }) => askOrThrow<System>("/system", signal), refetchInterval: everyMs });
