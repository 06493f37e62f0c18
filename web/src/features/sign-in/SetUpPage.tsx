import "./sign-in.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { actOrThrow, problemOf } from "../../shared/api/client";
import { siteKey } from "../../shared/api/session";
import type { Site } from "../../shared/api/types";
import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Panel } from "../../shared/ui/parts";
import { Alone } from "./Alone";
import { PersonFields } from "./PersonFields";
import { check, emptyForm, type PersonForm, placed, toRequest } from "./setup";
import { TrustNote } from "./TrustNote";

/** Done once, before anything else: who may come in, and under which name this recorder is found. */
export function SetUpPage({ site }: { site: Site }) {
  const queries = useQueryClient();
  const [form, setForm] = useState(() => emptyForm(location.hostname));
  const [errors, setErrors] = useState<FormError[]>([]);
  const setUp = useMutation({
    mutationFn: () => actOrThrow<undefined>("POST", "/setup", toRequest(form)),
    onSuccess: () => queries.invalidateQueries({ queryKey: siteKey }),
    onError: (error) => {
      const problem = problemOf(error);
      // Somebody else was faster: the sign-in page is next.
      if (problem.kind === "/problems/set-up-done") void queries.invalidateQueries({ queryKey: siteKey });
      setErrors(placed(problem, form));
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (setUp.isPending) return;
    const found = check(form);
    setErrors(found);
    if (found.length === 0) setUp.mutate();
  };
  const field = (name: string) => ({ id: inputId("set-up", name), error: errorAt(errors, name) });
  const setPerson = (changed: PersonForm) => { setForm({ ...form, people: form.people.map((each) => (each.role === changed.role ? changed : each)) }); };

  return (
    <Alone site={site} name="Candour" wide>
      <form className="stack" onSubmit={submit} noValidate>
        <header>
          <h1>Set up this recorder</h1>
          <p className="quiet">Four steps, once. Nothing is recorded before an administrator has added a camera and written down what it is for.</p>
        </header>
        <ErrorSummary form="set-up" errors={errors} />
        <Panel title="1. Prove that you run this machine">
          <Field label="Set-up token" {...field("token")} value={form.token} onChange={(token) => { setForm({ ...form, token }); }} required help="It was printed in the terminal when the program started: groups of letters and digits. Every start prints a new one. Capitals, spaces and dashes do not matter." />
        </Panel>
        <Panel title="2. Name the site">
          <div className="stack">
            <Field label="Name of the site" {...field("site_name")} value={form.siteName} onChange={(siteName) => { setForm({ ...form, siteName }); }} required help="People see it on every page, for example: Town Hall, Market Street." />
            <Field label="Host names" {...field("host_names")} value={form.hostNames} onChange={(typed) => { setForm({ ...form, hostNames: typed }); }} long required help="The names or addresses people type to open this page, one on each line. The recorder's certificate is made for them." />
          </div>
        </Panel>
        <Panel title="3. Name the people">
          <div className="stack">
            <p className="quiet">There is no default password. Each person has an account of their own, so that the log can say who did what. More people can be added later.</p>
            {form.people.map((person) => <PersonFields key={person.role} person={person} errors={errors} onChange={setPerson} />)}
          </div>
        </Panel>
        <Panel title="4. Let browsers trust this recorder"><TrustNote site={site} open /></Panel>
        <div className="form-actions">
          <Button type="submit" look="main" isPending={setUp.isPending}>{setUp.isPending ? "Setting up" : "Set up this recorder"}</Button>
          <span className="quiet small" role="status">{setUp.isPending ? "Keys and certificate are being made; this takes a few seconds." : "You come to the sign-in page next."}</span>
        </div>
      </form>
    </Alone>
  );
}
