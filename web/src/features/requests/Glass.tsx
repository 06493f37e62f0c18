import { type SubmitEvent, useState } from "react";
import { useNavigate } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useCameras } from "../../shared/api/cameras";
import { errorAt, faults, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { plus, seconds } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Button, Choice, Field, Modal, Notice } from "../../shared/ui/parts";
import { useBreakGlass } from "./api/acts";
import { glassHours, toGlass, wordsFault } from "./ask";

const form = "glass";

/** Looking without waiting: what it does and who is told stand above the button. */
export function Glass({ camera, onClose }: { camera: string | null; onClose: () => void }) {
  const breakGlass = useBreakGlass();
  const navigate = useNavigate();
  const now = useNow();
  const cameras = useCameras().data ?? [];
  const [chosen, setChosen] = useState<string[]>(camera === null ? [] : [camera]);
  const [hours, setHours] = useState<number>(1);
  const [words, setWords] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (breakGlass.isPending) return;
    const found = faults([
      ["cameras", chosen.length === 0 ? "Choose at least one camera." : chosen.length > 9 ? "Choose at most nine cameras." : null],
      ["words", wordsFault(words, "Say what is happening.")],
    ]);
    setErrors(found);
    if (found.length > 0) return;
    breakGlass.mutate(toGlass(chosen, hours, words, now), {
      onSuccess: () => { void navigate(`/review?camera=${chosen[0] ?? ""}&at=${plus(now, seconds(-60))}`); },
      onError: (error) => { setErrors(fromProblem(problemOf(error), ["cameras", "words"])); },
    });
  };
  return (
    <Modal title="Break the glass" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form={form} errors={errors} title="The glass is whole" />
        <Notice tone="bad">
          <strong>For emergencies only.</strong> You can look at once, for two hours, at footage of the last day. Everybody who is signed in reads your name and your words in an alarm.
          An approver or the system owner, never you, reviews it within three working days; until an overdue review is done you cannot do it again.
        </Notice>
        <fieldset className="field ask-cameras" id={inputId(form, "cameras")} tabIndex={-1}>
          <legend className="field-label">Cameras</legend>
          {errorAt(errors, "cameras") === null ? null : <span className="field-error">{errorAt(errors, "cameras")}</span>}
          <div className="ask-list">
            {cameras.map((one) => <Choice key={one.id} selected={chosen.includes(one.id)} onChange={(held) => { setChosen(held ? [...chosen, one.id] : chosen.filter((id) => id !== one.id)); }}>{one.name}</Choice>)}
          </div>
        </fieldset>
        <div className="field">
          <label className="field-label" htmlFor={inputId(form, "hours")}>How far back</label>
          <select className="input input-short" id={inputId(form, "hours")} value={hours} onChange={(event) => { setHours(Number(event.target.value)); }}>
            {glassHours.map((one) => <option key={one} value={one}>{one === 1 ? "1 hour" : `${one} hours`}</option>)}
          </select>
        </div>
        <Field label="What is happening" id={inputId(form, "words")} long value={words} onChange={setWords} error={errorAt(errors, "words")} required help="Everybody reads it. Ten characters or more." />
        <div className="form-actions">
          <Button type="submit" look="danger" isPending={breakGlass.isPending}>Break the glass and look</Button>
          <Button onPress={onClose} autoFocus>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
