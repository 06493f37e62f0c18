import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Button, Modal, Notice } from "../../shared/ui/parts";
import { useChangePerson } from "./api/people";

/** Takes the right to sign in, or gives it back. */
export function Suspend({ person, onClose }: { person: Person; onClose: () => void }) {
  const change = useChangePerson(person.id);
  const enabled = person.disabled_90k == null;
  return (
    <Modal title={enabled ? `Disable ${person.full_name}` : `Enable ${person.full_name}`} onClose={onClose}>
      <div className="stack">
        {change.isError ? <Notice tone="bad">{inOneBreath(problemOf(change.error))}</Notice> : null}
        <p>{enabled ? "They are signed out at once and cannot sign in. What they did stays in the log under their name." : "They may sign in again with their old password and roles."}</p>
        <div className="form-actions">
          <Button look={enabled ? "danger" : "main"} isPending={change.isPending} onPress={() => { change.mutate({ disabled: enabled }, { onSuccess: onClose }); }}>{enabled ? "Disable the account" : "Enable the account"}</Button>
          <Button onPress={onClose}>Leave it</Button>
        </div>
      </div>
    </Modal>
  );
}
