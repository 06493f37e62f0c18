import type { ReactNode } from "react";

/** A page that is read: title, one sentence on what it is, what can be done, content. */
export function Page({ title, lead, actions, children }: { title: ReactNode; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="page-pad">
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {lead === undefined ? null : <p>{lead}</p>}
        </div>
        {actions === undefined ? null : <div className="row">{actions}</div>}
      </header>
      <div className="stack">{children}</div>
    </div>
  );
}
