import { problemOf } from "../../shared/api/client";
import type { Person } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { SignIns } from "../../shared/sign-in/SignIns";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Modal, Notice } from "../../shared/ui/parts";
import { useEndSignIns, useSignInsOf } from "./api/people";

/** Where somebody is signed in, and the end of it: what they watch stops within two seconds. */
export function PersonSignIns({ person, onClose }: { person: Person; onClose: () => void }) {
  const signIns = useSignInsOf(person.id);
  const end = useEndSignIns(person.id);
  return (
    <Modal title={`Sign-ins of ${person.full_name}`} onClose={onClose} wide>
      <div className="stack">
        {end.isError ? <Notice tone="bad">{inOneBreath(problemOf(end.error))}</Notice> : null}
        <Loaded of={signIns} what="sign-ins" lines={2}>{(all) => <SignIns of={all} busy={end.isPending} onEnd={(signIn) => { end.mutate(signIn.id); }} />}</Loaded>
        <div className="form-actions">
          <Button look="danger" isDisabled={end.isPending || (signIns.data ?? []).every((signIn) => signIn.this)} onPress={() => { end.mutate(null); }}>End all of them</Button>
          <Button onPress={onClose}>Close</Button>
        </div>
      </div>
    </Modal>
  );
}
