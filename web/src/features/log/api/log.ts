import { useInfiniteQuery } from "@tanstack/react-query";
import { askOrThrow, query } from "../../../shared/api/client";
import type { LogPage } from "../../../shared/api/types";

const PAGE = 100;

/** Entries, newest first, from one entry downwards if one is named. Reading is itself written in the log, so nothing is
 *  asked again unless the person asks. */
export const useLog = (entry: number | null) =>
  useInfiniteQuery({
    queryKey: ["log", entry],
    queryFn: ({ pageParam, signal }) => askOrThrow<LogPage>(`/log${query({ before: pageParam, limit: PAGE })}`, signal),
    initialPageParam: entry === null ? undefined : entry + 1,
    getNextPageParam: (page): number | undefined => {
      const oldest = page.entries.at(-1)?.index;
      return oldest === undefined || oldest === 0 ? undefined : oldest;
    },
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
