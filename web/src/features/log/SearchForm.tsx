import { type SubmitEvent, useRef, useState } from "react";
import type { LogChoices, Named } from "../../shared/api/types";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { Button, Field } from "../../shared/ui/parts";
import { useKeys } from "../../shared/ui/useKeys";
import { kindName } from "./entries";
import { type Filters, mistakes, nothing } from "./search";

const form = "log-search";

/** Whom, which camera, which footage, why. Esc empties it, Enter asks. */
export function SearchForm({ asked, choices, onAsk }: { asked: Filters | null; choices: LogChoices | undefined; onAsk: (filters: Filters | null) => void }) {
  const [typed, setTyped] = useState<Filters>(asked ?? nothing);
  const [errors, setErrors] = useState<FormError[]>([]);
  const inside = useRef<HTMLFormElement>(null);
  const change = (over: Partial<Filters>) => { setTyped({ ...typed, ...over }); };
  const clear = () => {
    setTyped(nothing);
    setErrors([]);
    onAsk(null);
  };
  useKeys(inside, (event) => { if (event.key === "Escape") clear(); });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = mistakes(typed);
    setErrors(found);
    if (found.length === 0) onAsk(typed);
  };
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  return (
    <form className="panel log-form" onSubmit={submit} noValidate ref={inside} aria-label="Search the log">
      <ErrorSummary form={form} errors={errors} title="Nothing was searched" />
      <div className="log-fields">
        <Pick label="Camera" {...field("camera")} value={typed.camera} any="Any camera" of={choices?.cameras ?? []} onChange={(camera) => { change({ camera }); }} />
        <Field label="Footage from" {...field("from_90k")} type="datetime-local" value={typed.from} onChange={(from) => { change({ from }); }} />
        <Field label="Footage to" {...field("to_90k")} type="datetime-local" value={typed.to} onChange={(to) => { change({ to }); }} />
        <Pick label="Person" {...field("person")} value={typed.person} any="Anybody" of={choices?.people ?? []} onChange={(person) => { change({ person }); }} />
        <Pick label="Kind" {...field("kind")} value={typed.kind} any="Anything" of={kinds(choices?.kinds ?? [])} onChange={(kind) => { change({ kind }); }} />
        <Field label="Case reference" {...field("case")} value={typed.case} onChange={(reference) => { change({ case: reference }); }} />
        <Field label="Purpose" {...field("purpose")} value={typed.purpose} onChange={(purpose) => { change({ purpose }); }} />
        <Field label="Written from" {...field("since_90k")} type="datetime-local" value={typed.since} onChange={(since) => { change({ since }); }} />
        <Field label="Written before" {...field("until_90k")} type="datetime-local" value={typed.until} onChange={(until) => { change({ until }); }} />
      </div>
      <div className="form-actions">
        <Button type="submit" look="main">Search</Button>
        <Button onPress={clear}>Clear</Button>
        <span className="small quiet">A camera with an interval of footage answers who saw it. What you search for is written in the log.</span>
      </div>
    </form>
  );
}

/** Groups first, then every kind by its heading. */
function kinds(words: readonly string[]): Named[] {
  const groups = [{ id: "seen", name: "Footage could be seen" }, { id: "refused", name: "Something was refused" }];
  const single = words.map((id) => ({ id, name: `${kindName(id)}: ${id.replaceAll("_", " ")}` }));
  return [...groups, ...single.sort((a, b) => a.name.localeCompare(b.name, "en-GB"))];
}

interface PickProps {
  label: string;
  id: string;
  error: string | null;
  value: string;
  any: string;
  of: readonly Named[];
  onChange: (id: string) => void;
}

function Pick({ label, id, error, value, any, of, onChange }: PickProps) {
  const known = value === "" || of.some((one) => one.id === value);
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>{label}</label>
      {error === null ? null : <span className="field-error" id={`${id}-error`}>{error}</span>}
      <select className="input" id={id} value={value} onChange={(event) => { onChange(event.target.value); }} {...(error === null ? {} : { "aria-invalid": true, "aria-describedby": `${id}-error` })}>
        <option value="">{any}</option>
        {known ? null : <option value={value}>{value.slice(0, 8)}</option>}
        {of.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </select>
    </div>
  );
}
