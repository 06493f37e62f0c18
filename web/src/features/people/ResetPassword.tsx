import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { NewPassword } from "../../shared/forms/NewPassword";
import { passwordFault } from "../../shared/passwords";
import { Button, Modal } from "../../shared/ui/parts";
import { useChangePerson } from "./api/people";

export function ResetPassword({ person, own, onClose }: { person: Person; own: boolean; onClose: () => void }) {
  const change = useChangePerson(person.id);
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const found = faults([["password", passwordFault(password, person.sign_in_name)]]);
    setErrors(found);
    if (found.length > 0) return;
    change.mutate({ password }, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["password"])); } });
  };
  return (
    <Modal title={`New password for ${person.full_name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="reset" errors={errors} title="The password stays as it was" />
        <p>{own ? "You are signed out with the change, and sign in with the new password." : "The old password ends, and so do this person's sign-ins. Hand the new one over in person."}</p>
        <NewPassword id={inputId("reset", "password")} label="New password" value={password} onChange={setPassword} error={errorAt(errors, "password")} />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={change.isPending}>Set the new password</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
