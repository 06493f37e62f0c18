import { type SubmitEvent, useState } from "react";
import { useCameras } from "../../shared/api/cameras";
import { problemOf } from "../../shared/api/client";
import type { NotHeld, PlacedHold } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Button, Field, Modal, Notice } from "../../shared/ui/parts";
import { usePlaceHold } from "./api/holds";
import { Choose } from "./Choose";
import { checkHold, emptyHold, holdClasses, holdFields, type HoldForm, toHold } from "./hold";

const form = "hold";

export function PlaceHold({ onClose }: { onClose: () => void }) {
  const [placed, setPlaced] = useState<PlacedHold | null>(null);
  return (
    <Modal title={placed === null ? "Place a hold" : "The hold is placed"} onClose={onClose}>
      {placed === null ? <Form onPlaced={(done) => { if (done.not_held.length === 0) onClose(); else setPlaced(done); }} onClose={onClose} /> : <TooLate parts={placed.not_held} onClose={onClose} />}
    </Modal>
  );
}

function Form({ onPlaced, onClose }: { onPlaced: (placed: PlacedHold) => void; onClose: () => void }) {
  const place = usePlaceHold();
  const now = useNow();
  const cameras = useCameras().data ?? [];
  const [typed, setTyped] = useState<HoldForm>(() => emptyHold("", now));
  const [errors, setErrors] = useState<FormError[]>([]);
  const change = (over: Partial<HoldForm>) => { setTyped({ ...typed, ...over }); };
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (place.isPending) return;
    const found = checkHold(typed, now);
    setErrors(found);
    if (found.length > 0) return;
    place.mutate(toHold(typed), { onSuccess: onPlaced, onError: (error) => { setErrors(fromProblem(problemOf(error), holdFields)); } });
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <ErrorSummary form={form} errors={errors} title="Nothing was put on hold" />
      <Choose label="Camera" {...field("camera")} value={typed.camera} onChange={(camera) => { change({ camera }); }} options={[{ value: "", words: "Choose a camera" }, ...cameras.map((camera) => ({ value: camera.id, words: camera.name }))]} />
      <Choose label="Kind" {...field("class")} value={typed.kind} onChange={(kind) => { change({ kind }); }} options={holdClasses} />
      <div className="pair">
        <Field label="Footage from" {...field("from_90k")} type="datetime-local" value={typed.from} onChange={(from) => { change({ from }); }} required />
        <Field label="Footage to" {...field("to_90k")} type="datetime-local" value={typed.to} onChange={(to) => { change({ to }); }} required />
      </div>
      <Field label="Last day of the hold" {...field("ends_90k")} type="date" short value={typed.ends} onChange={(ends) => { change({ ends }); }} required help="At most a year ahead. The hold ends by itself." />
      <Field label="Reason" {...field("reason")} long value={typed.reason} onChange={(reason) => { change({ reason }); }} required help="It stands in the log: a case reference and what happened." />
      <Field label="Owner" {...field("owner")} value={typed.owner} onChange={(owner) => { change({ owner }); }} required help="The person or office that answers for it." />
      <div className="form-actions">
        <Button type="submit" look="main" isPending={place.isPending}>Place the hold</Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </form>
  );
}

/** What the hold came too late for. */
function TooLate({ parts, onClose }: { parts: readonly NotHeld[]; onClose: () => void }) {
  return (
    <div className="stack">
      <Notice tone="warn"><strong>Part of this footage could not be held.</strong> Everything else is kept from now on.</Notice>
      <ul className="hold-acts">
        {parts.map((part) => <li key={`${part.stream}-${part.from_90k}`}><span className="tabular">{interval(wallTicks(part.from_90k), wallTicks(part.to_90k))}</span>, {part.stream === "sub" ? "small picture" : "full picture"}: {part.words}</li>)}
      </ul>
      <div className="form-actions"><Button look="main" onPress={onClose} autoFocus>Close</Button></div>
    </div>
  );
}
