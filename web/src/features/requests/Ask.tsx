import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { CameraPermits } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { useNow } from "../../shared/time/useNow";
import { Button, Choice, Field, Modal, Notice } from "../../shared/ui/parts";
import { useAsk } from "./api/acts";
import { askFields, type AskForm, type Beginning, checkAsk, commonPurposes, DIRECTED, emptyAsk, toAsk } from "./ask";

const form = "ask";

/** Case, purpose, cameras, interval, end: what somebody else needs to decide. */
export function Ask({ begin, permits, onClose }: { begin: Beginning; permits: CameraPermits[]; onClose: () => void }) {
  const ask = useAsk();
  const now = useNow();
  const [typed, setTyped] = useState<AskForm>(() => {
    const empty = emptyAsk(begin, now);
    const purposes = commonPurposes(permits, empty.cameras);
    return { ...empty, purpose: empty.cameras.length > 0 && purposes.length === 1 ? purposes[0] ?? "" : "" };
  });
  const [errors, setErrors] = useState<FormError[]>([]);
  const change = (over: Partial<AskForm>) => { setTyped({ ...typed, ...over }); };
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (ask.isPending) return;
    const found = checkAsk(typed, now);
    setErrors(found);
    if (found.length > 0) return;
    ask.mutate(toAsk(typed), { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), askFields)); } });
  };
  return (
    <Modal title="Ask for footage" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form={form} errors={errors} title="Nothing was asked" />
        <Field label="Case reference" {...field("case")} short value={typed.caseReference} onChange={(caseReference) => { change({ caseReference }); }} required autoFocus />
        <Field label="Why the case needs it" {...field("words")} long value={typed.words} onChange={(words) => { change({ words }); }} required help="The approver and the log read it." />
        <Cameras permits={permits} chosen={typed.cameras} error={errorAt(errors, "cameras")} onChange={(cameras) => { change({ cameras }); }} />
        <Purpose purposes={commonPurposes(permits, typed.cameras)} value={typed.purpose} error={errorAt(errors, "purpose")} onChange={(purpose) => { change({ purpose }); }} />
        {typed.purpose === DIRECTED ? <Authorisation typed={typed} error={errorAt(errors, "authorisation")} onChange={change} /> : null}
        <div className="pair">
          <Field label="Footage from" {...field("from_90k")} type="datetime-local" value={typed.from} onChange={(from) => { change({ from }); }} required />
          <Field label="Footage to" {...field("to_90k")} type="datetime-local" value={typed.to} onChange={(to) => { change({ to }); }} required />
        </div>
        <Field label="The grant ends" {...field("until_90k")} type="datetime-local" value={typed.until} onChange={(until) => { change({ until }); }} required help="At most 31 days ahead. For longer, ask again then." />
        <Choice selected={typed.export} onChange={(wanted) => { change({ export: wanted }); }}>Footage must leave as a file <span className="quiet small">for the police, an insurer or a court</span></Choice>
        <div className="form-actions">
          <Button type="submit" look="main" isPending={ask.isPending}>Ask</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}

interface CamerasProps {
  permits: CameraPermits[];
  chosen: readonly string[];
  error: string | null;
  onChange: (cameras: string[]) => void;
}

function Cameras({ permits, chosen, error, onChange }: CamerasProps) {
  return (
    <fieldset className="field ask-cameras" id={inputId(form, "cameras")} tabIndex={-1}>
      <legend className="field-label">Cameras</legend>
      {error === null ? null : <span className="field-error">{error}</span>}
      {permits.length === 0 ? <Notice tone="warn">No camera has a purpose, so there is nothing to ask for.</Notice> : null}
      <div className="ask-list">
        {permits.map((one) => (
          <Choice key={one.camera} selected={chosen.includes(one.camera)} onChange={(held) => { onChange(held ? [...chosen, one.camera] : chosen.filter((id) => id !== one.camera)); }}>{one.camera_name}</Choice>
        ))}
      </div>
    </fieldset>
  );
}

interface PurposeProps {
  purposes: string[];
  value: string;
  error: string | null;
  onChange: (purpose: string) => void;
}

function Purpose({ purposes, value, error, onChange }: PurposeProps) {
  const id = inputId(form, "purpose");
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>Purpose</label>
      <span className="field-help">What the policy lets footage of all these cameras be looked at for.</span>
      {error === null ? null : <span className="field-error" id={`${id}-error`}>{error}</span>}
      <select className="input" id={id} value={purposes.includes(value) ? value : ""} onChange={(event) => { onChange(event.target.value); }} {...(error === null ? {} : { "aria-invalid": true, "aria-describedby": `${id}-error` })}>
        <option value="">{purposes.length === 0 ? "They have none in common" : "Choose a purpose"}</option>
        {purposes.map((purpose) => <option key={purpose} value={purpose}>{purpose}</option>)}
      </select>
    </div>
  );
}

/** Directed surveillance is authorised elsewhere; the grant ends before that does. */
function Authorisation({ typed, error, onChange }: { typed: AskForm; error: string | null; onChange: (over: Partial<AskForm>) => void }) {
  return (
    <fieldset className="field stack-small">
      <legend className="field-label">Authorisation (RIPA 2000, Part II)</legend>
      <Field label="Number" id={inputId(form, "authorisation")} value={typed.number} onChange={(number) => { onChange({ number }); }} error={error} required />
      <Field label="Authorising officer" value={typed.officer} onChange={(officer) => { onChange({ officer }); }} required />
      <Field label="It expires" type="datetime-local" value={typed.expires} onChange={(expires) => { onChange({ expires }); }} required help="The grant and its footage end before that." />
    </fieldset>
  );
}
