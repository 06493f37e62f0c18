import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { askOrThrow, query } from "../../../shared/api/client";
import type { LogAnomalies, LogChoices, LogFound } from "../../../shared/api/types";
import { type Filters, toQuery } from "../search";

/** Entries that fit, newest first. Searching is itself written in the log, so nothing is asked again unless the person asks. */
export const useSearch = (filters: Filters) =>
  useInfiniteQuery({
    queryKey: ["log", "search", filters],
    queryFn: ({ pageParam, signal }) => askOrThrow<LogFound>(`/log/search${query({ ...toQuery(filters), before: pageParam })}`, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page): number | undefined => page.before ?? undefined,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** What may be searched for. */
export const useChoices = () => useQuery({ queryKey: ["log", "choices"], queryFn: ({ signal }) => askOrThrow<LogChoices>("/log/choices", signal), staleTime: 60_000 });

/** Looks that stand out. */
export const useAnomalies = () => useQuery({ queryKey: ["log", "anomalies"], queryFn: ({ signal }) => askOrThrow<LogAnomalies>("/log/anomalies", signal), staleTime: 60_000 });

/** Where a search lies as a file. The browser fetches it as a download. */
export const exportAddress = (filters: Filters, format: "csv" | "json"): string => `/api/v1/log/export${query({ ...toQuery(filters), format })}`;
