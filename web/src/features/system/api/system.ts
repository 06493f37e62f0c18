import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "../../../shared/api/client";
import type { System } from "../../../shared/api/types";

/** How the machine stands, asked again while somebody looks. */
export const useSystem = () => useQuery({ queryKey: ["system"], queryFn: ({ signal }) => askOrThrow<System>("/system", signal), refetchInterval: 5000 });
