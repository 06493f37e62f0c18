import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useCameras } from "../../shared/api/cameras";
import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { Loaded } from "../../shared/ui/Loaded";
import { useNow } from "../../shared/time/useNow";
import { Button, Field } from "../../shared/ui/parts";
import { useExplanation } from "./api/explanation";
import { Choose } from "./Choose";
import { checkWhy, type Question, questionOf, toQuestion, whyForm } from "./explain";
import { Explained } from "./Explained";

const form = "why";

/** Asks of one camera and moment why its footage ends when it does, or ended. The question stands in the address. */
export function Why() {
  const [parameters] = useSearchParams();
  const question = questionOf(parameters);
  const panel = useRef<HTMLElement>(null);
  const key = question === null ? "" : `${question.camera} ${question.at}`;
  // Who came by a link from the table above is led here.
  useEffect(() => {
    if (key !== "") panel.current?.focus();
  }, [key]);
  return (
    <section className="panel why" aria-labelledby="why-title" tabIndex={-1} ref={panel}>
      <h2 id="why-title">Why does footage end when it does?</h2>
      <p className="quiet">Every promise that was ever made for it, by which version of the policy, and which of them decided. Of footage that is gone, its certificates.</p>
      <Ask key={key} question={question} />
      {question === null ? null : <Answer question={question} />}
    </section>
  );
}

function Answer({ question }: { question: Question }) {
  const explanation = useExplanation(question);
  return <Loaded of={explanation} what="the explanation" lines={4}>{(found) => <Explained found={found} />}</Loaded>;
}

function Ask({ question }: { question: Question | null }) {
  const [, setParameters] = useSearchParams();
  const cameras = useCameras(60_000).data ?? [];
  const now = useNow();
  const [typed, setTyped] = useState(() => whyForm(question));
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = checkWhy(typed, now);
    setErrors(found);
    const asked = found.length > 0 ? null : toQuestion(typed, question);
    if (asked !== null) setParameters({ why: asked.camera, at: String(asked.at) });
  };
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  return (
    <form className="why-form" onSubmit={submit} noValidate>
      <Choose label="Which camera" {...field("camera")} value={typed.camera} onChange={(camera) => { setTyped({ ...typed, camera }); }} options={[{ value: "", words: "Choose a camera" }, ...cameras.map((camera) => ({ value: camera.id, words: camera.name }))]} />
      <Field label="Which moment" {...field("at_90k")} type="datetime-local" value={typed.at} onChange={(at) => { setTyped({ ...typed, at }); }} required />
      <Button type="submit">Explain</Button>
    </form>
  );
}
