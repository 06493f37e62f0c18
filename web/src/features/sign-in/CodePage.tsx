import "./sign-in.css";
import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { Session, Site } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inOneBreath, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { Alone } from "./Alone";
import { passkeysMissing, showPasskey, useSecondFactors } from "../../shared/sign-in/passkeys";
import { useLeave, useShowCode, useShowPasskey } from "./api/factor";

/** For whoever has a passkey that can be used here. */
function PasskeyShown() {
  const factors = useSecondFactors().data;
  const show = useShowPasskey();
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (factors === undefined || factors.passkeys_here === 0 || passkeysMissing(factors) !== null) return null;
  const use = async () => {
    setBusy(true);
    setFault(null);
    const shown = await showPasskey();
    setBusy(false);
    if (shown.ok) show.mutate(shown.value, { onError: (error) => { setFault(inOneBreath(problemOf(error))); } });
    else setFault(shown.words);
  };
  return (
    <>
      {fault === null ? null : <Notice tone="bad">{fault}</Notice>}
      <div className="form-actions"><Button look="main" isPending={busy || show.isPending} onPress={() => { void use(); }}>Use your passkey</Button></div>
    </>
  );
}

/** The second step of a sign-in. */
export function CodePage({ site, session }: { site: Site; session: Session }) {
  const show = useShowCode();
  const leave = useLeave();
  const [code, setCode] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (show.isPending) return;
    if (code.trim() === "") {
      setErrors([{ field: "code", words: "Type the code your authenticator shows." }]);
      return;
    }
    show.mutate(code, {
      onError: (error) => {
        setCode("");
        setErrors(fromProblem(problemOf(error), ["code"]));
      },
    });
  };
  return (
    <Alone site={site} name={site.name}>
      <section className="panel">
        <form className="stack" onSubmit={submit} noValidate>
          <h1>Show your second factor</h1>
          <ErrorSummary form="code" errors={errors} title="You are not signed in yet" />
          <p>{session.person.full_name}: the password is right.</p>
          <PasskeyShown />
          <Field label="Code" id={inputId("code", "code")} value={code} onChange={setCode} error={errorAt(errors, "code")} autoComplete="one-time-code" required autoFocus short help="The six digits that your authenticator shows now, or one of your recovery codes." />
          <div className="form-actions">
            <Button type="submit" look="main" isPending={show.isPending}>Go on</Button>
            <Button onPress={() => { void leave(); }}>Sign in as somebody else</Button>
          </div>
          <p className="quiet small">Lost the authenticator and the recovery codes? An administrator of this site can take the second factor away, and you set up a new one. Both are written in the log.</p>
        </form>
      </section>
    </Alone>
  );
}
