import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Hold } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { toLocal, wallTicks } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useExtendHold } from "./api/holds";
import { endFault, holdFields, reasonFault, toExtension } from "./hold";

export function ExtendHold({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const extend = useExtendHold(hold.id);
  const now = useNow();
  const [ends, setEnds] = useState(() => toLocal(wallTicks(hold.ends_90k)).slice(0, 10));
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (extend.isPending) return;
    const found = faults([["ends_90k", endFault(ends, now, wallTicks(hold.ends_90k))], ["reason", reasonFault(reason, "Say why the footage is still needed.")]]);
    setErrors(found);
    if (found.length > 0) return;
    extend.mutate(toExtension(ends, reason), { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), holdFields)); } });
  };
  return (
    <Modal title={`Extend the hold on ${hold.camera_name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="extend" errors={errors} title="The hold stays as it was" />
        <p className="quiet">It ends <When at={hold.ends_90k} /> now.</p>
        <Field label="New last day" id={inputId("extend", "ends_90k")} type="date" short value={ends} onChange={setEnds} error={errorAt(errors, "ends_90k")} required autoFocus help="At most a year ahead." />
        <Field label="Reason" id={inputId("extend", "reason")} long value={reason} onChange={setReason} error={errorAt(errors, "reason")} required help="Why it is still needed. It stands in the log." />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={extend.isPending}>Extend the hold</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
