// Who is signed in, and what this site is: asked once, kept, and thrown away at sign-out.

import { useQuery } from "@tanstack/react-query";
import { ask, askOrThrow } from "./client";
import type { Role, Session, Site, Strip } from "./types";

export const sessionKey = ["session"];
export const siteKey = ["site"];

export const useSite = () => useQuery({ queryKey: siteKey, queryFn: ({ signal }) => askOrThrow<Site>("/site", signal), staleTime: 60_000 });

/** `null` when nobody is signed in. */
export const useSession = () =>
  useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Session | null> => {
      const answer = await ask<Session>("GET", "/session", undefined, signal);
      if (answer.ok) return answer.value;
      if (answer.problem.status === 401) return null;
      return askOrThrow<Session>("/session", signal);
    },
    staleTime: 30_000,
    retry: false,
  });

/** What the person signed in may be; the recorder decides, pages only leave out what it would refuse. */
export const useRoles = (): Role[] => useSession().data?.person.roles ?? [];

export const useStrip = (enabled: boolean) =>
  useQuery({ queryKey: ["strip"], queryFn: ({ signal }) => askOrThrow<Strip>("/status", signal), refetchInterval: 5000, enabled });
