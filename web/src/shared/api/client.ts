// One way to the recorder. Answers are unions: what was asked for, or a problem in words. Nothing throws for what a
// person can mend.

import { CONFIRM, confirmSignIn } from "../sign-in/confirming";

export interface Problem {
  /** Stable word, for example `/problems/wrong-password`; `offline` when nothing answered. */
  kind: string;
  title: string;
  detail: string;
  status: number;
  field: string | null;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** Thrown into the query cache, so that pages find the problem as the query's error. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const offline: Problem = {
  kind: "offline",
  title: "The recorder does not answer.",
  detail: "The recorder cannot be reached from this page. Recording may well go on. Check the network; this page tries again.",
  status: 0,
  field: null,
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const text = (value: unknown, fallback: string): string => (typeof value === "string" && value !== "" ? value : fallback);

function toProblem(status: number, body: unknown): Problem {
  const record = isRecord(body) ? body : {};
  return {
    kind: text(record["type"], "unknown"),
    title: text(record["title"], "The recorder refused this."),
    detail: text(record["detail"], text(record["title"], `The recorder answered with status ${status}.`)),
    status,
    field: typeof record["field"] === "string" ? record["field"] : null,
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

async function send(path: string, request: RequestInit, signal?: AbortSignal): Promise<Answer<Response>> {
  try {
    return { ok: true, value: await fetch(`/api/v1${path}`, { ...request, credentials: "same-origin", ...(signal === undefined ? {} : { signal }) }) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { ok: false, problem: offline };
  }
}

const refused = async (response: Response): Promise<{ ok: false; problem: Problem }> =>
  ({ ok: false, problem: toProblem(response.status, await response.json().catch(() => undefined)) });

/**
 * Asks the recorder; the answer's shape is what the interface document says of that path. A file goes as it is, anything else as JSON. An
 * act that wants password and second factor again brings up the dialog for them, and is repeated once they were shown.
 */
export async function ask<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer<T>> {
  const answer = await askOnce<T>(method, path, body, signal);
  if (answer.ok || answer.problem.kind !== CONFIRM || !(await confirmSignIn())) return answer;
  return askOnce<T>(method, path, body, signal);
}

async function askOnce<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer<T>> {
  const sent = await send(path, {
    method,
    headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
  }, signal);
  if (!sent.ok) return sent;
  if (!sent.value.ok) return refused(sent.value);
  const parsed: unknown = await sent.value.json().catch(() => undefined);
  return { ok: true, value: parsed as T };
}

/** Asks for a file, with what the answer's headers say of it. */
export async function askFile(path: string, signal?: AbortSignal): Promise<Answer<{ file: Blob; headers: Headers }>> {
  const sent = await send(path, { method: "GET" }, signal);
  if (!sent.ok) return sent;
  if (!sent.value.ok) return refused(sent.value);
  return { ok: true, value: { file: await sent.value.blob(), headers: sent.value.headers } };
}

/** The same for the query cache. */
export async function askOrThrow<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask<T>("GET", path, undefined, signal);
  if (!answer.ok) throw new ProblemError(answer.problem);
  return answer.value;
}

/** An act, for mutations: the answer, or the problem thrown. */
export async function actOrThrow<T>(method: Exclude<Method, "GET">, path: string, body?: unknown): Promise<T> {
  const answer = await ask<T>(method, path, body);
  if (!answer.ok) throw new ProblemError(answer.problem);
  return answer.value;
}

export const problemOf = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : { kind: "page", title: "This page failed.", detail: "Something in this page failed. Load it again; the recorder is not affected.", status: 0, field: null };

/** `?a=1&b=2` from what is there. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const entries = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries).toString()}`;
}
