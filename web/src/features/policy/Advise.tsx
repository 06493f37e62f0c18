import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal } from "../../shared/ui/parts";
import type { PolicyVersion } from "../../shared/api/types";
import { useAdvise } from "./api/policy";

const fields = ["words"];

/** The data protection officer's advice: it decides nothing, and nothing is decided without it. */
export function Advise({ version, onClose }: { version: PolicyVersion; onClose: () => void }) {
  const advise = useAdvise(version.number);
  const [words, setWords] = useState(version.advice?.words ?? "");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (advise.isPending) return;
    const found = faults([["words", textFault(words, 10, 5000, "Write what you advise.")]]);
    setErrors(found);
    if (found.length > 0) return;
    advise.mutate({ words: words.trim() }, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), fields)); } });
  };
  return (
    <Modal title={`Advise on version ${version.number}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="advise" errors={errors} title="No advice was written down" />
        <p className="quiet">Your advice stands with this version for good, under your name, and in the log. It decides nothing: a system owner approves, and has to say why where your advice is not followed.{version.advice == null ? "" : " It replaces your advice of before, which stays in the history."}</p>
        <Field label="Advice" id={inputId("advise", "words")} long value={words} onChange={setWords} error={errorAt(errors, "words")} required autoFocus help="Whether the version is necessary and proportionate, and what should change before it is approved." />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={advise.isPending}>Write the advice down</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
