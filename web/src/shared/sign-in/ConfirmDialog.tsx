import { useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useState } from "react";
import { ask } from "../api/client";
import { sessionKey } from "../api/session";
import type { Session } from "../api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../forms/errors";
import { ErrorSummary } from "../forms/ErrorSummary";
import { Button, Field, Modal } from "../ui/parts";
import { setAsker } from "./confirming";
import { passkeysMissing, showPasskey, useSecondFactors } from "./passkeys";

/** Asks for password and code when an act wants them again; see `confirming`. */
export function ConfirmDialog({ session }: { session: Session }) {
  const [waiting, setWaiting] = useState<{ settle: (shown: boolean) => void } | null>(null);
  useEffect(() => {
    let open: (shown: boolean) => void = () => { /* nobody waits yet */ };
    const away = setAsker(() => new Promise((settle) => {
      open = settle;
      setWaiting({ settle });
    }));
    // When the page goes (the sign-in ended), whoever waits is told that nothing was shown.
    return () => {
      away();
      open(false);
    };
  }, []);
  if (waiting === null) return null;
  const settle = (shown: boolean) => {
    setWaiting(null);
    waiting.settle(shown);
  };
  return <Asking code={session.recovery_codes_left != null} onSettled={settle} />;
}

function Asking({ code: withCode, onSettled }: { code: boolean; onSettled: (shown: boolean) => void }) {
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const [busy, setBusy] = useState(false);
  const factors = useSecondFactors().data;
  const withPasskey = factors !== undefined && factors.passkeys_here > 0 && passkeysMissing(factors) === null;
  const send = async (more: { code?: string; passkey?: unknown }) => {
    setBusy(true);
    const answer = await ask<Session>("POST", "/session/confirm", { password, ...more });
    setBusy(false);
    if (answer.ok) {
      queries.setQueryData(sessionKey, answer.value);
      onSettled(true);
    } else {
      setCode("");
      setErrors(fromProblem(answer.problem, ["password", "code"]));
    }
  };
  const noPassword = password === "" ? "Type your password." : null;
  const byPasskey = async () => {
    const found = faults([["password", noPassword]]);
    setErrors(found);
    if (found.length > 0) return;
    setBusy(true);
    const shown = await showPasskey();
    setBusy(false);
    if (shown.ok) await send({ passkey: shown.value });
    else setErrors([{ field: null, words: shown.words }]);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const found = faults([
      ["password", noPassword],
      ["code", withCode && code.trim() === "" ? "Type the code your authenticator shows." : null],
    ]);
    setErrors(found);
    if (found.length === 0) void send(withCode ? { code } : {});
  };
  return (
    <Modal title="Confirm that it is you" onClose={() => { onSettled(false); }}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="confirm" errors={errors} title="Nothing was done yet" />
        <p>What you are about to do asks for password and second factor again. You are asked once in five minutes; it is written in the log.</p>
        <Field label="Your password" id={inputId("confirm", "password")} value={password} onChange={setPassword} error={errorAt(errors, "password")} type="password" autoComplete="current-password" required autoFocus />
        {withCode ? <Field label="Code" id={inputId("confirm", "code")} value={code} onChange={setCode} error={errorAt(errors, "code")} autoComplete="one-time-code" required short help="The six digits that your authenticator shows now." /> : null}
        <div className="form-actions">
          <Button type="submit" look="main" isPending={busy}>Confirm</Button>
          {withPasskey ? <Button isDisabled={busy} onPress={() => { void byPasskey(); }}>Use your passkey instead of a code</Button> : null}
          <Button onPress={() => { onSettled(false); }}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
