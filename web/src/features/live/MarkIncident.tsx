import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { actOrThrow, problemOf } from "../../shared/api/client";
import { grantsKey } from "../../shared/api/grants";
import type { Camera, Incident, MarkIncident as Marked } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { fromDate, plus, seconds } from "../../shared/time/units";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";

/** From so many minutes ago. */
const lengths = [1, 5, 15, 30] as const;

/** What happened, and since when: its footage is held for a week without anybody doing more. */
export function MarkIncident({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const queries = useQueryClient();
  const [minutes, setMinutes] = useState<number>(5);
  const [words, setWords] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const mark = useMutation({ mutationFn: (asked: Marked) => actOrThrow<Incident>("POST", "/incidents", asked), onSuccess: () => queries.invalidateQueries({ queryKey: grantsKey }) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (mark.isPending) return;
    const found = faults([["words", textFault(words, 3, 300, "Say what happened.")]]);
    setErrors(found);
    if (found.length > 0) return;
    const now = fromDate(new Date());
    const asked = { camera: camera.id, from_90k: plus(now, seconds(-60 * minutes)), to_90k: plus(now, seconds(60)), words: words.trim() };
    mark.mutate(asked, { onError: (error) => { setErrors(fromProblem(problemOf(error), ["words"])); } });
  };
  if (mark.data !== undefined) {
    return (
      <Modal title="The incident is marked" onClose={onClose}>
        <div className="stack">
          <p>Footage of {camera.name} is held until <When at={mark.data.ends_90k} />. Investigators see it on the Requests page and can ask for it.</p>
          <div className="form-actions"><Button look="main" onPress={onClose} autoFocus>Close</Button></div>
        </div>
      </Modal>
    );
  }
  return (
    <Modal title={`Mark an incident at ${camera.name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="mark" errors={errors} title="Nothing was marked" />
        <Field label="What happened" id={inputId("mark", "words")} value={words} onChange={setWords} error={errorAt(errors, "words")} required autoFocus help="A few words. They stand in the log." />
        <div className="field">
          <label className="field-label" htmlFor={inputId("mark", "minutes")}>It began</label>
          <select className="input input-short" id={inputId("mark", "minutes")} value={minutes} onChange={(event) => { setMinutes(Number(event.target.value)); }}>
            {lengths.map((one) => <option key={one} value={one}>{one === 1 ? "1 minute ago" : `${one} minutes ago`}</option>)}
          </select>
        </div>
        <p className="quiet small">The footage is held for seven days by itself, so that an investigator can ask for it. Then it goes as promised.</p>
        <div className="form-actions">
          <Button type="submit" look="danger" isPending={mark.isPending}>Mark it</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
