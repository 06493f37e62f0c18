import { type SubmitEvent, useCallback, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { CameraDetail, Commissioning } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, inOneBreath, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { getPicture, useEndView, useKeepStill, useSignView } from "./api/commissioning";
import { Outlines } from "./Outlines";
import { recorded } from "./setup";
import { SetUpPicture } from "./SetUpPicture";
import { usePicture } from "./usePicture";

type Open = NonNullable<Commissioning["open"]>;

/** Pictures come one at a time, with a rest between. */
const EVERY_MS = 1000;

/** A look that is open: what the camera sees now, and what is done with it. */
export function SetUpView({ camera, open, state }: { camera: CameraDetail; open: Open; state: Commissioning }) {
  const ask = useCallback((signal: AbortSignal) => getPicture(open.look, signal), [open.look]);
  const picture = usePicture(ask, EVERY_MS);
  const end = useEndView(camera.id, open.look);
  const keep = useKeepStill(camera.id, open.look);
  const failed = keep.error ?? end.error;
  const masks = state.masks.map((mask) => ({ ...mask, corners: mask.corners.map(([x, y]): [number, number] => [(x ?? 0) / 10_000, (y ?? 0) / 10_000]) }));
  return (
    <section className="stack" aria-label={`Looking at ${camera.name}`}>
      <Notice tone="warn">You look at {camera.name} to set it up: for {Math.max(1, Math.round(open.left_ms / 60_000))} more minutes, as entry {open.entry} of the log. {recorded(state)}</Notice>
      <SetUpPicture state={picture} name={camera.name}><Outlines masks={masks} /></SetUpPicture>
      {failed === null ? null : <Notice tone="bad">{inOneBreath(problemOf(failed))}</Notice>}
      {keep.isSuccess ? <Notice>The still is kept, sealed. End the look to draw masks on it.</Notice> : null}
      <div className="form-actions">
        <Button isPending={keep.isPending} isDisabled={picture.kind !== "shown"} onPress={() => { keep.mutate(); }}>{state.still == null ? "Keep one still for masks" : "Keep this still in place of the other"}</Button>
        <Button look="main" isPending={end.isPending} onPress={() => { end.mutate(); }}>End the look</Button>
      </div>
      {picture.kind === "shown" ? <Sign camera={camera} look={open.look} /> : null}
    </section>
  );
}

/** Whoever looks says how the view is. */
function Sign({ camera, look }: { camera: CameraDetail; look: string }) {
  const sign = useSignView(camera.id, look);
  const [remark, setRemark] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const send = (right: boolean) => {
    if (sign.isPending) return;
    const found = right && remark.trim() === "" ? [] : faults([["remark", textFault(remark, 5, 300, "Say what is wrong with the view.")]]);
    setErrors(found);
    if (found.length > 0) return;
    sign.mutate({ right, remark: remark.trim() }, { onSuccess: () => { setRemark(""); }, onError: (error) => { setErrors(fromProblem(problemOf(error), ["remark"])); } });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send(true);
  };
  return (
    <form className="stack-small" onSubmit={submit} noValidate>
      <h3>Is the view right?</h3>
      <p className="small">Right means that the camera sees what the policy says and nothing else. Your name, the time and your words stand on this page and in the log.</p>
      <ErrorSummary form="sign" errors={errors} title="Nothing was signed" />
      <Field label="Remark" id={inputId("sign", "remark")} value={remark} onChange={setRemark} error={errorAt(errors, "remark")} help="Needed where it is not right." />
      <div className="form-actions">
        <Button type="submit" isPending={sign.isPending}>The view is right</Button>
        <Button look="danger" isPending={sign.isPending} onPress={() => { send(false); }}>It is not right</Button>
      </div>
    </form>
  );
}
