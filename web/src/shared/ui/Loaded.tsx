import { type UseQueryResult, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemOf } from "../api/client";
import { sessionKey } from "../api/session";
import { clockTime } from "../time/format";
import { fromDate } from "../time/units";
import { ProblemFace, Skeleton } from "./Face";
import { Button, Notice } from "./parts";

type Asked<T> = Pick<UseQueryResult<T>, "data" | "error" | "isPending" | "dataUpdatedAt"> & { refetch: () => unknown };

/** What was asked for, or the face of its absence. What was there stays readable while the recorder does not answer. */
export function Loaded<T>({ of, what, lines = 6, children }: { of: Asked<T>; what: string; lines?: number; children: (value: T) => ReactNode }) {
  if (of.isPending) return <Skeleton label={`Loading ${what}`} lines={lines} />;
  if (of.error === null) return of.data === undefined ? null : children(of.data);
  const problem = problemOf(of.error);
  const again = <Button small onPress={() => { of.refetch(); }}>Try again</Button>;
  if (problem.status === 401) return <ProblemFace problem={{ ...problem, title: "Your sign-in has ended", detail: "Sign in again; you come back to this page." }} action={<SignInAgain />} />;
  if (of.data === undefined || problem.status === 403 || problem.status === 404) return <ProblemFace problem={problem} action={problem.status === 403 ? undefined : again} />;
  return (
    <>
      <Notice tone="bad">
        <p><strong>{problem.title}</strong> What you see is from {clockTime(fromDate(new Date(of.dataUpdatedAt)))}. {again}</p>
      </Notice>
      {children(of.data)}
    </>
  );
}

/** Asking who is signed in brings the sign-in page in place of this one; the address stays. */
function SignInAgain() {
  const queries = useQueryClient();
  return <Button look="main" onPress={() => { void queries.invalidateQueries({ queryKey: sessionKey }); }}>Sign in</Button>;
}
