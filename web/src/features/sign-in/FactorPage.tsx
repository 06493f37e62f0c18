import "./sign-in.css";
import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { NewFactor, Site } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { Alone } from "./Alone";
import { ByPasskey } from "./ByPasskey";
import { useConfirmFactor, useLeave, useNewFactor } from "./api/factor";
import { QrPicture } from "./QrPicture";

/** At the first sign-in: a passkey, or a secret for an authenticator that is confirmed by a code of it. */
export function FactorPage({ site, onCodes }: { site: Site; onCodes: (codes: string[]) => void }) {
  const factor = useNewFactor();
  return (
    <Alone site={site} name={site.name} wide>
      <section className="panel">
        <div className="stack">
          <h1>Set up your second factor</h1>
          <p>Whoever learns your password must not be able to look. From now on you sign in with the password and something that you have.</p>
          <Loaded of={factor} what="a new secret">{(made) => <Ways made={made} onCodes={onCodes} />}</Loaded>
        </div>
      </section>
    </Alone>
  );
}

function Ways({ made, onCodes }: { made: NewFactor; onCodes: (codes: string[]) => void }) {
  const reset = made.reset ?? null;
  return (
    <>
      {reset === null ? null : <Notice tone="warn">{reset.by} took your second factor away on <When at={reset.at_90k} />. If you did not ask for that, tell the system owner before you go on.</Notice>}
      <ByPasskey onCodes={onCodes} />
      <h2>With an authenticator app</h2>
      <p>It shows a code that changes every half minute, and needs no network.</p>
      <SetUp made={made} onCodes={onCodes} />
    </>
  );
}

function SetUp({ made, onCodes }: { made: NewFactor; onCodes: (codes: string[]) => void }) {
  const confirm = useConfirmFactor();
  const leave = useLeave();
  const [code, setCode] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (confirm.isPending) return;
    if (code.trim() === "") {
      setErrors([{ field: "code", words: "Type the code your authenticator shows." }]);
      return;
    }
    confirm.mutate(code, {
      onSuccess: (set) => { onCodes(set.recovery_codes); },
      onError: (error) => {
        setCode("");
        setErrors(fromProblem(problemOf(error), ["code"]));
      },
    });
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ErrorSummary form="factor" errors={errors} title="The second factor is not set up yet" />
      <ol className="steps">
        <li>Open an authenticator app and add an account.</li>
        <li>
          Scan this picture, or type the secret beside it:
          <div className="factor-picture">
            {made.picture === undefined || made.picture === null ? null : <QrPicture of={made.picture} />}
            <code className="factor-secret">{made.secret}</code>
          </div>
        </li>
        <li>Type the six digits that the app shows now.</li>
      </ol>
      <Field label="Code" id={inputId("factor", "code")} value={code} onChange={setCode} error={errorAt(errors, "code")} autoComplete="one-time-code" inputMode="numeric" required short />
      <div className="form-actions">
        <Button type="submit" look="main" isPending={confirm.isPending}>Confirm</Button>
        <Button onPress={() => { void leave(); }}>Not now: sign out</Button>
      </div>
    </form>
  );
}
