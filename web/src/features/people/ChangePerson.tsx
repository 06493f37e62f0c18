import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { useChangePerson } from "./api/people";
import { checkChange, personFields, toChange } from "./person";
import { RoleChoices } from "./RoleChoices";

export function ChangePerson({ person, own, onClose }: { person: Person; own: boolean; onClose: () => void }) {
  const change = useChangePerson(person.id);
  const [fullName, setFullName] = useState(person.full_name);
  const [roles, setRoles] = useState(person.roles);
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const found = checkChange(fullName, roles);
    setErrors(found);
    if (found.length > 0) return;
    const asked = toChange(person, fullName, roles);
    if (asked === null) { onClose(); return; }
    change.mutate(asked, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), personFields)); } });
  };
  return (
    <Modal title={`Name and roles of ${person.full_name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="change-person" errors={errors} title="Nothing was changed" />
        <Field label="Full name" id={inputId("change-person", "full_name")} value={fullName} onChange={setFullName} error={errorAt(errors, "full_name")} required autoFocus help="Older entries of the log keep the old name." />
        <RoleChoices form="change-person" roles={roles} error={errorAt(errors, "roles")} fixed={own ? "Nobody changes their own roles. Ask another administrator." : null} onChange={setRoles} />
        {own ? null : <p className="quiet small">New roles end this person&apos;s sign-ins; they sign in again and find their new pages.</p>}
        <div className="form-actions">
          <Button type="submit" look="main" isPending={change.isPending}>Save</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
