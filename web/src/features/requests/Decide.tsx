import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { grantName } from "../../shared/api/grants";
import type { Grant } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import { useDecide, useReview, useWithdraw } from "./api/acts";
import { wordsFault } from "./ask";

export type Deciding = "approve" | "refuse" | "withdraw" | "review";

const titles: Record<Deciding, string> = { approve: "Approve", refuse: "Refuse", withdraw: "Withdraw", review: "Review" };
const meanings: Record<Deciding, (grant: Grant) => string> = {
  approve: (grant) => `${grant.asked.by} may look at this footage until the grant ends. Is it needed, and no more than is needed?`,
  refuse: (grant) => `${grant.asked.by} reads your words and can ask anew, for less.`,
  withdraw: () => "Whatever plays under it stops at once, downloads and players included.",
  review: (grant) => `Was it right that ${grant.asked.by} did not wait for an approval? Your words stand in the log.`,
};

/** The words of whoever decides: without them nothing is decided. */
export function Decide({ grant, act, onClose }: { grant: Grant; act: Deciding; onClose: () => void }) {
  const [decide, withdraw, review] = [useDecide(grant.id), useWithdraw(grant.id), useReview(grant.id)];
  const [words, setWords] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const pending = decide.isPending || withdraw.isPending || review.isPending;
  const send = (justified: boolean) => {
    if (pending) return;
    const found = faults([["words", wordsFault(words, "Say why.")]]);
    setErrors(found);
    if (found.length > 0) return;
    const then = { onSuccess: onClose, onError: (error: unknown) => { setErrors(fromProblem(problemOf(error), ["words"])); } };
    const said = words.trim();
    if (act === "withdraw") withdraw.mutate({ words: said }, then);
    else if (act === "review") review.mutate({ justified, words: said }, then);
    else decide.mutate({ approve: act === "approve", words: said }, then);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send(true);
  };
  return (
    <Modal title={`${titles[act]}: ${grantName(grant)}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="decide" errors={errors} title="Nothing was changed" />
        <Notice tone={act === "withdraw" ? "warn" : "info"}>{meanings[act](grant)}</Notice>
        <p><strong>{grant.asked.by}:</strong> {grant.asked.words}</p>
        <Field label="Your words" id={inputId("decide", "words")} long value={words} onChange={setWords} error={errorAt(errors, "words")} required autoFocus help="Ten characters or more. They stand in the log." />
        <div className="form-actions">
          {act === "review"
            ? <><Button type="submit" look="main" isPending={pending}>It was justified</Button><Button look="danger" isPending={pending} onPress={() => { send(false); }}>It was not justified</Button></>
            : <Button type="submit" look={act === "approve" ? "main" : "danger"} isPending={pending}>{titles[act]}</Button>}
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
