import { type SubmitEvent, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { Shortening as Standing } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { count, timesInWords } from "../../shared/time/format";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useResumeShortening } from "./api/retention";
import { reasonFault } from "./hold";

/** How sure the recorder is that nothing moved where it shortens, and the act that lets it go on after it stopped. */
export function Shortening({ shortening }: { shortening: Standing }) {
  const stopped = shortening.stopped_90k ?? null;
  const decides = useRoles().includes("owner");
  return (
    <section className="panel" aria-label="Where nothing moved">
      <h2>Where nothing moved</h2>
      <p className="quiet">A policy may keep footage for less time where nothing moved in it. One piece of a hundred of those is drawn by chance, lives its full life, and is looked at again by night.</p>
      <p role="status">{stopped === null ? timesInWords(shortening.words) : <strong>{timesInWords(shortening.words)}</strong>}</p>
      {stopped === null ? null : <Notice tone="bad"><strong>Stopped on <When at={stopped} />.</strong> What was found to be still is kept as long as all other footage.</Notice>}
      {shortening.waiting === 0 ? null : <p className="small quiet">{count(shortening.waiting)} {shortening.waiting === 1 ? "piece waits" : "pieces wait"} for a second look.</p>}
      <p><Link to="/tuning">Try what other terms would keep</Link> <span className="small quiet">before they are in force</span></p>
      {stopped !== null && decides ? <Resume /> : null}
    </section>
  );
}

const fields = ["reason"];

function Resume() {
  const resume = useResumeShortening();
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (resume.isPending) return;
    const found = faults([["reason", reasonFault(reason, "Say what was wrong and what was done.")]]);
    setErrors(found);
    if (found.length > 0) return;
    resume.mutate({ reason: reason.trim() }, { onError: (error) => { setErrors(fromProblem(problemOf(error), fields)); } });
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ErrorSummary form="shorten" errors={errors} title="Nothing is shortened" />
      <Field label="Reason" id={inputId("shorten", "reason")} long value={reason} onChange={setReason} error={errorAt(errors, "reason")} required help="What was wrong and what was done. It stands in the log." />
      <div className="form-actions"><Button type="submit" look="danger" isPending={resume.isPending}>Shorten again</Button></div>
    </form>
  );
}
