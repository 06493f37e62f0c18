import { useState } from "react";
import { addPasskey, passkeysMissing, useSecondFactors } from "../../shared/sign-in/passkeys";
import { Button, Notice } from "../../shared/ui/parts";

/** The other way to a second factor: a passkey, where one can be used; else why not. */
export function ByPasskey({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const factors = useSecondFactors().data;
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (factors === undefined) return null;
  const missing = passkeysMissing(factors);
  if (missing !== null) return <p className="quiet small">No passkey can be used here. {missing}</p>;
  const make = async () => {
    setBusy(true);
    setFault(null);
    const added = await addPasskey();
    setBusy(false);
    if (added.ok) onCodes(added.value.recovery_codes);
    else setFault(added.words);
  };
  return (
    <section className="stack" aria-labelledby="by-passkey">
      <h2 id="by-passkey">With a passkey</h2>
      <p>Your device or security key keeps it, and asks for your finger, face or PIN each time; that stays on the device. A passkey cannot be typed into a fake page.</p>
      {fault === null ? null : <Notice tone="bad">{fault}</Notice>}
      <div className="form-actions"><Button look="main" isPending={busy} onPress={() => { void make(); }}>Make a passkey</Button></div>
    </section>
  );
}
