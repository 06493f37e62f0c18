import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Button, Modal, Notice } from "../../shared/ui/parts";
import { useResetFactor } from "./api/people";

/** Takes a lost second factor away; its owner sets up a new one, and is told who did this. */
export function ResetFactor({ person, onClose }: { person: Person; onClose: () => void }) {
  const reset = useResetFactor(person.id);
  return (
    <Modal title={`Second factor of ${person.full_name}`} onClose={onClose}>
      <div className="stack">
        {reset.isError ? <Notice tone="bad">{inOneBreath(problemOf(reset.error))}</Notice> : null}
        <p>Do this when authenticator and recovery codes are lost, and after you have made sure that it is this person who asks: until the new one is set up, the password alone is between anybody and this account.</p>
        <p>Their sign-ins end at once. At the next one they are told that you did this, and set up a new second factor.</p>
        <div className="form-actions">
          <Button look="danger" isPending={reset.isPending} onPress={() => { reset.mutate(undefined, { onSuccess: onClose }); }}>Take the second factor away</Button>
          <Button onPress={onClose}>Leave it</Button>
        </div>
      </div>
    </Modal>
  );
}
