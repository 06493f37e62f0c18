import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import type { Alarm } from "../../../shared/api/types";

const alarmsKey = ["alarms"];

/** Standing alarms and settled ones, as far as the person may see them. */
export const useAlarms = () => useQuery({ queryKey: alarmsKey, queryFn: ({ signal }) => askOrThrow<Alarm[]>("/alarms", signal), refetchInterval: 5000 });

/** Takes an alarm: somebody is on it. The status strip is asked again as well. */
export function useTakeAlarm() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => actOrThrow<Alarm>("POST", `/alarms/${id}/acknowledge`),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: alarmsKey }), queries.invalidateQueries({ queryKey: ["strip"] })]),
  });
}
