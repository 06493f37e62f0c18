import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { NewPassword } from "../../shared/forms/NewPassword";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { useAddPerson } from "./api/people";
import { checkNew, emptyPerson, personFields, type PersonForm, toNew } from "./person";
import { RoleChoices } from "./RoleChoices";

export function AddPerson({ onClose }: { onClose: () => void }) {
  const add = useAddPerson();
  const [form, setForm] = useState<PersonForm>(emptyPerson);
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (name: string) => ({ id: inputId("person", name), error: errorAt(errors, name) });
  const change = (over: Partial<PersonForm>) => { setForm({ ...form, ...over }); };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (add.isPending) return;
    const found = checkNew(form);
    setErrors(found);
    if (found.length > 0) return;
    add.mutate(toNew(form), { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), personFields)); } });
  };
  return (
    <Modal title="Add a person" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="person" errors={errors} title="Nobody was added" />
        <Field label="Full name" {...field("full_name")} value={form.fullName} onChange={(fullName) => { change({ fullName }); }} required autoFocus help="As it shall stand in the log." />
        <Field label="Sign-in name" {...field("sign_in_name")} value={form.signInName} onChange={(signInName) => { change({ signInName }); }} required help="Letters, digits and . - _ @ It stays as it is." />
        <RoleChoices form="person" roles={form.roles} error={errorAt(errors, "roles")} onChange={(roles) => { change({ roles }); }} />
        <NewPassword {...field("password")} label="First password" value={form.password} onChange={(password) => { change({ password }); }} />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={add.isPending}>Add</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
