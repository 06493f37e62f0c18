import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Hold } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import { useLiftHold } from "./api/holds";
import { holdFields, reasonFault } from "./hold";

export function LiftHold({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const lift = useLiftHold(hold.id);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (lift.isPending) return;
    const found = faults([["reason", reasonFault(reason, "Say why the footage is no longer needed.")]]);
    setErrors(found);
    if (found.length > 0) return;
    lift.mutate({ reason: reason.trim() }, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), holdFields)); } });
  };
  return (
    <Modal title={`Lift the hold on ${hold.camera_name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="lift" errors={errors} title="The hold stands" />
        <Notice tone="warn">Footage past its promised end is destroyed within a minute of lifting. That cannot be undone.</Notice>
        <Field label="Reason" id={inputId("lift", "reason")} long value={reason} onChange={setReason} error={errorAt(errors, "reason")} required autoFocus help="Why it is no longer needed. It stands in the log." />
        <div className="form-actions">
          <Button type="submit" look="danger" isPending={lift.isPending}>Lift the hold</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
