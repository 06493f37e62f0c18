// A recorder for tests: answers by method and path, and a page in front of it. Tests then act as a person does.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, vi } from "vitest";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** What was asked of the recorder. */
export interface Request {
  method: string;
  path: string;
  body: unknown;
}

/** An answer: a value, or a problem with its status. */
type Answer = { status?: number; body?: unknown };
export type Answers = Record<string, Answer | ((request: Request) => Answer)>;

export const problem = (status: number, kind: string, title: string, detail: string, field?: string): Answer => ({
  status,
  body: { type: `/problems/${kind}`, title, detail, status, ...(field === undefined ? {} : { field }) },
});

/** Shows a page in front of a recorder that answers so; paths are without `/api/v1`. What is not listed is out of reach. */
export function show(page: ReactNode, answers: Answers, at = "/") {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) => {
    const path = input.replace("/api/v1", "");
    const request: Request = { method: init?.method ?? "GET", path, body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined };
    asked.push(request);
    const found = answers[`${request.method} ${path}`] ?? answers[`${request.method} ${path.split("?")[0] ?? ""}`];
    if (found === undefined) return Promise.reject(new TypeError("Failed to fetch"));
    const { status = 200, body } = typeof found === "function" ? found(request) : found;
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
  // Dialogs need it, and the simulated page has none.
  vi.stubGlobal("CSS", { escape: (text: string) => text.replace(/[^\w-]/g, "\\$&") });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[at]}>{page}</MemoryRouter>
    </QueryClientProvider>,
  );
  return { asked, person: userEvent.setup() };
}
