import { useEffect, useRef } from "react";
import { type FormError, inputId } from "./errors";

/** All errors of a form at its top. It takes focus when they come, and each leads to its field. */
export function ErrorSummary({ form, errors, title = "There is a problem" }: { form: string; errors: readonly FormError[]; title?: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (errors.length > 0) box.current?.focus();
  }, [errors]);
  if (errors.length === 0) return null;
  return (
    <div className="summary" role="alert" tabIndex={-1} ref={box}>
      <h2>{title}</h2>
      <ul>
        {errors.map(({ field, words }) => (
          <li key={`${field ?? ""} ${words}`}>{field === null ? words : <FieldLink id={inputId(form, field)}>{words}</FieldLink>}</li>
        ))}
      </ul>
    </div>
  );
}

/** Leads to an input without changing the address of the page. */
function FieldLink({ id, children }: { id: string; children: string }) {
  return (
    <a
      href={`#${id}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(id)?.focus();
      }}
    >
      {children}
    </a>
  );
}
