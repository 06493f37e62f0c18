import type { ReactNode } from "react";
import type { Problem } from "../api/client";

interface FaceProps {
  sign: string;
  title: string;
  children: ReactNode;
  bad?: boolean;
  action?: ReactNode;
}

/** What a page shows in place of its content: what is going on, what it means, what to do. */
export function Face({ sign, title, children, bad = false, action }: FaceProps) {
  return (
    <section className={bad ? "face face-bad" : "face"} role={bad ? "alert" : undefined}>
      <span className="face-sign" aria-hidden="true">{sign}</span>
      <h2>{title}</h2>
      <div className="quiet">{children}</div>
      {action}
    </section>
  );
}

/** A problem of the recorder, with the face it deserves. */
export function ProblemFace({ problem, action }: { problem: Problem; action?: ReactNode }) {
  if (problem.kind === "offline") return <Face sign="⇄" title={problem.title} bad action={action}>{problem.detail}</Face>;
  if (problem.status === 403) return <Face sign="⊘" title="You may not see this" action={action}>{problem.detail}</Face>;
  return <Face sign="!" title={problem.title} bad action={action}>{problem.detail}</Face>;
}

/** Grey shapes where content will be; never a spinner. */
export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="stack-small" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => <div key={line} className="skeleton skeleton-line" aria-hidden="true" />)}
    </div>
  );
}
