import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { actOrThrow, problemOf } from "../../shared/api/client";
import { sessionKey } from "../../shared/api/session";
import type { PasskeyShown, SecondFactors } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { addPasskey, factorsKey, passkeysMissing, useSecondFactors } from "../../shared/sign-in/passkeys";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Field, Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";

/** Longest name, in characters; the recorder's own limit. */
const LONGEST = 60;

/** One's own passkeys: added, and taken away as long as another second factor stands. */
export function Passkeys() {
  const queries = useQueryClient();
  const factors = useSecondFactors();
  const [fault, setFault] = useState<string | null>(null);
  const changed = () => Promise.all([factorsKey, sessionKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
  const remove = useMutation({
    mutationFn: (id: string) => actOrThrow("DELETE", `/session/passkeys/${id}`),
    onMutate: () => { setFault(null); },
    onSuccess: changed,
    onError: (error) => { setFault(inOneBreath(problemOf(error))); },
  });
  return (
    <Panel title="Passkeys">
      <Loaded of={factors} what="your passkeys" lines={2}>
        {(all) => (
          <div className="stack">
            {fault === null ? null : <Notice tone="bad">{fault}</Notice>}
            <List of={all} busy={remove.isPending} onRemove={(passkey) => { remove.mutate(passkey.id); }} />
            <Add factors={all} onFault={setFault} onAdded={changed} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function List({ of: { passkeys, authenticator }, busy, onRemove }: { of: SecondFactors; busy: boolean; onRemove: (passkey: PasskeyShown) => void }) {
  if (passkeys.length === 0) return <p>You have no passkey. It takes the place of the code, and cannot be typed into a fake page.</p>;
  const last = passkeys.length === 1 && !authenticator;
  return (
    <Scroll label="Passkeys">
      <table className="table">
        <thead><tr><th scope="col">Passkey</th><th scope="col">Added</th><th scope="col">Last shown</th><th scope="col">Remove</th></tr></thead>
        <tbody>
          {passkeys.map((passkey) => (
            <tr key={passkey.id}>
              <th scope="row">{passkey.name}<span className="small quiet">for {passkey.host}</span></th>
              <td><When at={passkey.added_90k} form="cell" /></td>
              <td>{passkey.used_90k == null ? "Not yet" : <When at={passkey.used_90k} form="cell" />}</td>
              <td>{last ? <span className="small quiet">Your only second factor</span> : <Button small isDisabled={busy} aria-label={`Remove: ${passkey.name}`} onPress={() => { onRemove(passkey); }}>Remove</Button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Add({ factors, onFault, onAdded }: { factors: SecondFactors; onFault: (words: string | null) => void; onAdded: () => Promise<unknown> }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const missing = passkeysMissing(factors);
  if (missing !== null) return <p className="quiet small">No passkey can be used here. {missing}</p>;
  const add = async () => {
    setBusy(true);
    onFault(null);
    const added = await addPasskey(name.slice(0, LONGEST));
    setBusy(false);
    if (!added.ok) {
      onFault(added.words);
      return;
    }
    setName("");
    await onAdded();
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); if (!busy) void add(); }}>
      <Field label="Name of a new passkey" id="new-passkey" value={name} onChange={setName} help="So that you know it again, for example: security key, office computer." />
      <div className="form-actions"><Button type="submit" isPending={busy}>Add a passkey</Button></div>
    </form>
  );
}
