import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { wallTicks } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useApprove, usePlan } from "./api/policy";
import { approveFields, type ApproveForm, checkApprove, emptyApprove, isEarly, toApproval } from "./approve";
import { Loaded } from "../../shared/ui/Loaded";
import type { PolicyPlan, PolicyVersion } from "./model";
import { Radios } from "./Radios";

/** A system owner's decision: from when on the version is in force, and why so. */
export function Approve({ version, onClose }: { version: PolicyVersion; onClose: () => void }) {
  const plan = usePlan(version.number);
  return (
    <Modal title={`Approve version ${version.number}`} onClose={onClose}>
      <Loaded of={plan} what="what it would change" lines={5}>{(found) => <Decide version={version} plan={found} onClose={onClose} />}</Loaded>
    </Modal>
  );
}

function Decide({ version, plan, onClose }: { version: PolicyVersion; plan: PolicyPlan; onClose: () => void }) {
  const approve = useApprove(version.number);
  const now = useNow();
  const [form, setForm] = useState<ApproveForm>(emptyApprove);
  const [errors, setErrors] = useState<FormError[]>([]);
  const of = { now, usual: wallTicks(plan.usual_force_90k), advised: version.advice != null };
  const early = isEarly(form, of);
  const change = (over: Partial<ApproveForm>) => { setForm({ ...form, ...over }); };
  const field = (name: string) => ({ id: inputId("approve", name), error: errorAt(errors, name) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (approve.isPending) return;
    const found = checkApprove(form, of);
    setErrors(found);
    if (found.length > 0) return;
    approve.mutate(toApproval(form, of), { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), approveFields)); } });
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ErrorSummary form="approve" errors={errors} title="The version was not approved" />
      <Notice tone={plan.deletes ? "warn" : "info"}>
        {plan.deletes
          ? <p><strong>It deletes footage that would stay otherwise, so it takes force no sooner than <When at={plan.usual_force_90k} />.</strong> Until then anybody has a day to object, and a system owner can withdraw it.</p>
          : <p><strong>It deletes nothing that would stay otherwise, so it takes force at once,</strong> unless you give a later time.</p>}
      </Notice>
      {version.advice == null ? null : (
        <>
          <dl className="facts"><dt>Advice</dt><dd>{version.advice.words} <span className="quiet small">{version.advice.by}, <When at={version.advice.at_90k} /></span></dd></dl>
          <Radios label="Is the advice followed?" {...field("follows_advice")} value={form.follows} onChange={(follows) => { change({ follows: follows === "yes" ? "yes" : "no" }); }} choices={[["yes", "Yes"], ["no", "No, and I say why"]]} />
          {form.follows === "no" ? <Field label="Why it is not followed" {...field("departure")} long value={form.departure} onChange={(departure) => { change({ departure }); }} required help="It stands with the version for good, beside the advice." /> : null}
        </>
      )}
      <Field label="In force from" {...field("from_90k")} type="datetime-local" value={form.from} onChange={(from) => { change({ from }); }} help={plan.deletes ? "Left empty: the earliest time without a reason." : "Left empty: at once."} />
      {early ? <Field label="Why it cannot wait" {...field("early_reason")} long value={form.early} onChange={(words) => { change({ early: words }); }} required help="Nobody has a day to object then. The reason stands in the log." /> : null}
      <div className="form-actions">
        <Button type="submit" look="main" isPending={approve.isPending}>Approve version {version.number}</Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </form>
  );
}
