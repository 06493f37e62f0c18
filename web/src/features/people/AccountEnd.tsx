import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { fromLocal, toLocal, wallTicks } from "../../shared/time/units";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { useChangePerson } from "./api/people";

/** From when on an account may not sign in. */
export function AccountEnd({ person, onClose }: { person: Person; onClose: () => void }) {
  const change = useChangePerson(person.id);
  const before = person.ends_90k ?? null;
  const [end, setEnd] = useState(before === null ? "" : toLocal(wallTicks(before)));
  const [errors, setErrors] = useState<FormError[]>([]);
  const set = (ends: number | null) => {
    change.mutate({ ends_90k: ends }, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["ends_90k"])); } });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const at = fromLocal(end);
    if (at === null) setErrors([{ field: "ends_90k", words: "Say on which day and at what time the account ends." }]);
    else set(at);
  };
  return (
    <Modal title={`End of the account of ${person.full_name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="account-end" errors={errors} title="Nothing was changed" />
        <p>From then on this person cannot sign in, and what they have open ends. They are told two weeks before. Give one to whoever is here for a time: agency staff, contractors, auditors.</p>
        <Field label="The account ends" id={inputId("account-end", "ends_90k")} value={end} onChange={setEnd} error={errorAt(errors, "ends_90k")} type="datetime-local" required short />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={change.isPending}>Set the end</Button>
          {before === null ? null : <Button isDisabled={change.isPending} onPress={() => { set(null); }}>No end</Button>}
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
