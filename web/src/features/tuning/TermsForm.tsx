import { type ReactNode, type SubmitEvent } from "react";
import { useCameras } from "../../shared/api/cameras";
import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Choice, Field } from "../../shared/ui/parts";
import { lengths, type Terms } from "./terms";

export const form = "trial";

interface TermsFormProps {
  terms: Terms;
  onTerms: (terms: Terms) => void;
  errors: readonly FormError[];
  sums: boolean;
  pending: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

/** Which footage, and which terms. */
export function TermsForm({ terms, onTerms, errors, sums, pending, onSubmit, children }: TermsFormProps) {
  const cameras = useCameras(60_000).data ?? [];
  const set = <K extends keyof Terms>(name: K) => (value: Terms[K]) => { onTerms({ ...terms, [name]: value }); };
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!pending) onSubmit();
  };
  return (
    <form className="panel trial-form" onSubmit={submit} noValidate aria-label="Terms to try">
      <ErrorSummary form={form} errors={errors} title="Nothing was looked through" />
      <div className="trial-row">
        <div className="field">
          <label className="field-label" htmlFor={inputId(form, "camera")}>Camera</label>
          {errorAt(errors, "camera") === null ? null : <span className="field-error">{errorAt(errors, "camera")}</span>}
          <select className="input" id={inputId(form, "camera")} value={terms.camera} onChange={(event) => { onTerms({ ...terms, camera: event.target.value, parts: null }); }}>
            <option value="">Choose a camera</option>
            {cameras.map((camera) => <option key={camera.id} value={camera.id}>{camera.name}</option>)}
          </select>
        </div>
        <Field label="Footage from" {...field("from_90k")} type="datetime-local" value={terms.from} onChange={set("from")} required />
        <div className="field">
          <label className="field-label" htmlFor={inputId(form, "minutes")}>Length</label>
          <select className="input" id={inputId(form, "minutes")} value={terms.minutes} disabled={sums} onChange={(event) => { set("minutes")(Number(event.target.value)); }}>
            {lengths.map((minutes) => <option key={minutes} value={minutes}>{minutes} minutes</option>)}
          </select>
        </div>
      </div>
      <Field label="Reason" {...field("reason")} value={terms.reason} onChange={set("reason")} help="For example: “Draft of the policy for the car park”. It stands in the log." required />
      <div className="trial-row">
        <Field label="Keep where nothing moved for" {...field("keep_if_still_s")} value={terms.keep} onChange={set("keep")} inputMode="numeric" short help="Empty: as the policy in force says." />
        <div className="field">
          <label className="field-label" htmlFor={inputId(form, "unit")}>Unit</label>
          <select className="input" id={inputId(form, "unit")} value={terms.unit} onChange={(event) => { set("unit")(event.target.value === "hours" ? "hours" : "days"); }}>
            <option value="days">days</option>
            <option value="hours">hours</option>
          </select>
        </div>
      </div>
      <div className="stack-small" id={inputId(form, "rolls")} tabIndex={-1}>
        <Choice selected={terms.onMotion} onChange={set("onMotion")}>Record only around what moves</Choice>
        {errorAt(errors, "rolls") === null ? null : <p className="field-error">{errorAt(errors, "rolls")}</p>}
        {terms.onMotion ? (
          <div className="trial-row">
            <Field label="Seconds before" value={terms.pre} onChange={set("pre")} inputMode="numeric" short />
            <Field label="Seconds after" value={terms.post} onChange={set("post")} inputMode="numeric" short />
          </div>
        ) : null}
      </div>
      {children}
      <div className="form-actions"><Button type="submit" look="main" isPending={pending}>{pending ? "Looking through it" : "Look through it"}</Button></div>
    </form>
  );
}
