import { useQuery } from "@tanstack/react-query";
import { askOrThrow } from "./client";
import type { Waiting } from "./types";

/** The name of the list below, for whoever knows that it is another by now. */
export const waitingKey = ["waiting"];

/** What waits for a second person and could be decided by whoever is signed in; asked anew each minute. */
export const useWaiting = () => useQuery({ queryKey: waitingKey, queryFn: ({ signal }) => askOrThrow<Waiting>("/waiting", signal), refetchInterval: 60_000 });
