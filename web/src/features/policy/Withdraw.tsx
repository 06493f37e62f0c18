import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import type { PolicyVersion } from "../../shared/api/types";
import { useWithdraw } from "./api/policy";

const fields = ["reason"];

/** Gives up a version that is not in force yet. */
export function Withdraw({ version, onClose }: { version: PolicyVersion; onClose: () => void }) {
  const withdraw = useWithdraw(version.number);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (withdraw.isPending) return;
    const found = faults([["reason", textFault(reason, 5, 300, "Say why this version is given up.")]]);
    setErrors(found);
    if (found.length > 0) return;
    withdraw.mutate({ reason: reason.trim() }, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), fields)); } });
  };
  return (
    <Modal title={`Withdraw version ${version.number}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="withdraw" errors={errors} title="The version stands" />
        <Notice>{version.state === "approved" ? "It will not take force. The version in force stays in force." : "It can no longer be approved. The version in force stays in force."} It stays in the history, and its text can be proposed again.</Notice>
        <Field label="Reason" id={inputId("withdraw", "reason")} long value={reason} onChange={setReason} error={errorAt(errors, "reason")} required autoFocus help="Why it is given up. It stands in the log." />
        <div className="form-actions">
          <Button type="submit" look="danger" isPending={withdraw.isPending}>Withdraw version {version.number}</Button>
          <Button onPress={onClose}>Keep it</Button>
        </div>
      </form>
    </Modal>
  );
}
