import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "../../../shared/api/client";
import type { Retention } from "../../../shared/api/types";

/** Promised against actual, asked again while somebody looks. */
export const useRetention = () => useQuery({ queryKey: ["retention"], queryFn: ({ signal }) => askOrThrow<Retention>("/retention", signal), refetchInterval: 10_000 });
