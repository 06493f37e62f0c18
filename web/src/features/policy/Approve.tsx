import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useSession } from "../../shared/api/session";
import type { PolicyPlan, PolicyVersion } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { timesInWords } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useApprove } from "./api/policy";
import { approveFields, type ApproveForm, checkApprove, emptyApprove, isEarly, toApproval } from "./approve";
import { waits } from "./plan";
import { Radios } from "./Radios";

/** A system owner's decision: from when on the version is in force, and why so. */
export function Approve({ version, plan, onClose }: { version: PolicyVersion; plan: PolicyPlan | null; onClose: () => void }) {
  return (
    <Modal title={`Approve version ${version.number}`} onClose={onClose}>
      {plan === null
        ? <Notice tone="bad"><strong>It cannot be approved.</strong> This program cannot read the file of version {version.number}. Propose it anew.</Notice>
        : <Decide version={version} plan={plan} onClose={onClose} />}
    </Modal>
  );
}

function Decide({ version, plan, onClose }: { version: PolicyVersion; plan: PolicyPlan; onClose: () => void }) {
  const approve = useApprove(version.number);
  const now = useNow();
  const [form, setForm] = useState<ApproveForm>(emptyApprove);
  const [errors, setErrors] = useState<FormError[]>([]);
  const of = { now, usual: wallTicks(plan.earliest_90k), advised: version.advice != null };
  const change = (over: Partial<ApproveForm>) => { setForm({ ...form, ...over }); };
  const field = (name: string) => ({ id: inputId("approve", name), error: errorAt(errors, name) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (approve.isPending) return;
    const found = checkApprove(form, of);
    setErrors(found);
    if (found.length > 0) return;
    approve.mutate(toApproval(form, of), { onSuccess: onClose, onError: (error) => { setErrors(refused(error)); } });
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ErrorSummary form="approve" errors={errors} title="The version was not approved" />
      <Beforehand version={version} plan={plan} />
      {version.advice == null ? null : (
        <>
          <dl className="facts"><dt>Advice</dt><dd>{version.advice.words} <span className="quiet small">{version.advice.by}, <When at={version.advice.at_90k} /></span></dd></dl>
          <Radios label="Is the advice followed?" {...field("follows_advice")} value={form.follows} onChange={(follows) => { change({ follows: follows === "yes" ? "yes" : "no" }); }} choices={[["yes", "Yes"], ["no", "No, and I say why"]]} />
          {form.follows === "no" ? <Field label="Why it is not followed" {...field("departure")} long value={form.departure} onChange={(departure) => { change({ departure }); }} required help="It stands with the version for good, beside the advice." /> : null}
        </>
      )}
      <Field label="Reason" {...field("reason")} long value={form.reason} onChange={(reason) => { change({ reason }); }} required help="Why you approve it. It stands in the log under your name." />
      <Field label="In force from" {...field("from_90k")} type="datetime-local" value={form.from} onChange={(from) => { change({ from }); }} help={waits(plan) ? "Left empty: the earliest time that needs no reason." : "Left empty: at once."} />
      {isEarly(form, of) ? <Field label="Why it cannot wait" {...field("early")} long value={form.early} onChange={(early) => { change({ early }); }} required help="Nobody has a day to object then. The reason stands in the log." /> : null}
      <div className="form-actions">
        <Button type="submit" look="main" isPending={approve.isPending}>Approve version {version.number}</Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </form>
  );
}

const refused = (error: unknown): FormError[] => fromProblem(problemOf(error), approveFields).map(({ field, words }) => ({ field, words: timesInWords(words) }));

/** What the recorder would refuse, said before anybody types; and what it would destroy. */
function Beforehand({ version, plan }: { version: PolicyVersion; plan: PolicyPlan }) {
  const me = useSession().data?.person.full_name;
  return (
    <>
      {version.drafted_by === me ? <Notice tone="warn">You proposed this version. Where the site has another system owner, they approve it, not you.</Notice> : null}
      {version.advice == null ? <Notice tone="warn">There is no advice on record. Where the site has a data protection officer, the advice comes first.</Notice> : null}
      <Notice tone={waits(plan) ? "warn" : "info"}>
        {waits(plan)
          ? <p><strong>It destroys footage that would stay otherwise, so it takes force no sooner than <When at={plan.earliest_90k} />.</strong> Until then a system owner can withdraw it.</p>
          : <p><strong>It destroys nothing that would stay otherwise, so it takes force at once,</strong> unless you give a later time.</p>}
      </Notice>
    </>
  );
}
