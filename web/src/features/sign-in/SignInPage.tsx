import "./sign-in.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { actOrThrow, problemOf } from "../../shared/api/client";
import { sessionKey, siteKey } from "../../shared/api/session";
import type { Session, SignIn, Site } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Button, Field } from "../../shared/ui/parts";
import { Alone } from "./Alone";
import { TrustNote } from "./TrustNote";

/** Stands in place of the page that was asked for; after sign-in that page is there again. */
export function SignInPage({ site }: { site: Site }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const signIn = useMutation({
    mutationFn: (typed: SignIn) => actOrThrow<Session>("POST", "/session", typed),
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionKey }),
    onError: (error) => {
      const problem = problemOf(error);
      if (problem.kind === "/problems/set-up-needed") void queries.invalidateQueries({ queryKey: siteKey });
      setPassword("");
      setErrors(fromProblem(problem, []));
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const found = faults([
      ["name", name.trim() === "" ? "Type your sign-in name." : null],
      ["password", password === "" ? "Type your password." : null],
    ]);
    setErrors(found);
    if (found.length === 0) signIn.mutate({ sign_in_name: name.trim(), password });
  };

  return (
    <Alone site={site} name={site.name}>
      <div className="stack">
        <section className="panel">
          <form className="stack" onSubmit={submit} noValidate>
            <h1>Sign in</h1>
            <ErrorSummary form="sign-in" errors={errors} title="You are not signed in" />
            <Field label="Name" id={inputId("sign-in", "name")} value={name} onChange={setName} error={errorAt(errors, "name")} autoComplete="username" required autoFocus />
            <Field label="Password" id={inputId("sign-in", "password")} value={password} onChange={setPassword} error={errorAt(errors, "password")} type="password" autoComplete="current-password" required />
            <div className="form-actions"><Button type="submit" look="main" isPending={signIn.isPending}>{signIn.isPending ? "Signing in" : "Sign in"}</Button></div>
            <p className="quiet small">Signing in is written in the log. Forgotten the password? An administrator of this site can set a new one.</p>
          </form>
        </section>
        <Disclosure title="This browser warns about the certificate?"><TrustNote site={site} /></Disclosure>
      </div>
    </Alone>
  );
}
