import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { CameraDetail, Commissioning } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, inOneBreath, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { wallTicks } from "../../shared/time/units";
import { Loaded } from "../../shared/ui/Loaded";
import { Badge, Button, Field, Modal, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useBeginView, useCommissioning, useDeleteStill } from "./api/commissioning";
import { MaskEditor } from "./MaskEditor";
import { recorded } from "./setup";
import { SetUpView } from "./SetUpView";

/** Whether the camera sees what the policy says: looking at it, signing that, and drawing what it may not see. */
export function SetUpPanel({ camera }: { camera: CameraDetail }) {
  const state = useCommissioning(camera.id);
  return (
    <Panel title="View and masks">
      <Loaded of={state} what="how the view stands" lines={3}>{(found) => <Standing camera={camera} state={found} />}</Loaded>
    </Panel>
  );
}

function Standing({ camera, state }: { camera: CameraDetail; state: Commissioning }) {
  const looks = useRoles().includes("administrator");
  return (
    <div className="stack">
      <dl className="facts">
        <dt>View</dt><dd><Signed of={state.signed ?? null} /></dd>
        <dt>Masks in force</dt><dd>{state.masks.length === 0 ? (state.named ? "None" : "The policy in force does not name this camera") : state.masks.map((mask) => mask.name).join(", ")}</dd>
        {state.still == null ? null : <><dt>Still for masks</dt><dd>Kept <When at={state.still.taken_90k} /> by {state.still.taken_by}; destroyed at the latest <When at={state.still.ends_90k} /></dd></>}
      </dl>
      {looks ? <Acts camera={camera} state={state} /> : null}
    </div>
  );
}

function Signed({ of }: { of: Commissioning["signed"] }) {
  if (of == null) return <span className="quiet">Nobody has signed yet that it is right</span>;
  return <><Badge tone={of.right ? "good" : "warn"}>{of.right ? "Right" : "Not right"}</Badge> {of.by}, <When at={of.at_90k} />{of.remark === "" ? null : <>: {of.remark}</>}</>;
}

function Acts({ camera, state }: { camera: CameraDetail; state: Commissioning }) {
  const [asking, setAsking] = useState(false);
  const [drawing, setDrawing] = useState(false);
  const open = state.open ?? null;
  const asked = state.asked ?? null;
  const refused = state.refused ?? null;
  if (open !== null) return <SetUpView key={open.look} camera={camera} open={open} state={state} />;
  return (
    <>
      {asked === null ? null : <Notice>{asked.agreed_by == null ? <>{asked.own ? "You have" : `${asked.by} has`} asked to look at it; an approver decides until <When at={wallTicks(asked.until_90k)} />.</> : <>{asked.agreed_by} agreed that {asked.own ? "you look" : `${asked.by} looks`} at it, until <When at={wallTicks(asked.until_90k)} />.</>}</Notice>}
      {refused === null ? null : <p className="small quiet">{refused}</p>}
      <div className="form-actions">
        {state.next === "refused" ? null : <Button look="main" onPress={() => { setAsking(true); }}>{state.next === "asks" ? "Ask to look at it" : "Look at it"}</Button>}
        {state.still == null ? null : <Button onPress={() => { setDrawing(!drawing); }}>{drawing ? "Close the drawing" : "Draw masks on the still"}</Button>}
        {state.still == null ? null : <DeleteStill camera={camera} onGone={() => { setDrawing(false); }} />}
      </div>
      {state.next === "refused" ? null : <p className="small quiet">{rules(state)}</p>}
      {drawing && state.still != null ? <MaskEditor key={state.still.taken_90k} camera={camera} state={state} /> : null}
      {asking ? <AskView camera={camera} state={state} onClose={() => { setAsking(false); }} /> : null}
    </>
  );
}

/** What a look is, in the recorder's own numbers. */
function rules(state: Commissioning): string {
  const left = state.left_today === 1 ? "one more look" : `${state.left_today} more looks`;
  return `A look goes on for ${state.minutes} minutes; ${left} at this camera today. ${recorded(state)} Each look is in the log.${state.in_force ? " The camera was in force, so a second person agrees first." : ""}`;
}

function AskView({ camera, state, onClose }: { camera: CameraDetail; state: Commissioning; onClose: () => void }) {
  const begin = useBeginView(camera.id);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const asks = state.next === "asks";
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (begin.isPending) return;
    const found = faults([["reason", textFault(reason, 5, 200, "Say why, in a few words.")]]);
    setErrors(found);
    if (found.length > 0) return;
    begin.mutate(reason.trim(), { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["reason"])); } });
  };
  return (
    <Modal title={asks ? `Ask to look at ${camera.name}` : `Look at ${camera.name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="view" errors={errors} title={asks ? "Nothing was asked" : "Nothing is shown"} />
        <p>{rules(state)}</p>
        <Field label="Why" id={inputId("view", "reason")} value={reason} onChange={setReason} error={errorAt(errors, "reason")} required autoFocus help="For example: aiming it at the door. It stands in the log." />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={begin.isPending}>{asks ? "Ask" : "Look"}</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}

function DeleteStill({ camera, onGone }: { camera: CameraDetail; onGone: () => void }) {
  const remove = useDeleteStill(camera.id);
  const [sure, setSure] = useState(false);
  if (!sure) return <Button look="quiet" onPress={() => { setSure(true); }}>Destroy the still</Button>;
  return (
    <Modal title="Destroy the still" onClose={() => { setSure(false); }}>
      <div className="stack">
        {remove.isError ? <Notice tone="bad">{inOneBreath(problemOf(remove.error))}</Notice> : null}
        <p>Its key is destroyed and its file removed. Masks that you have drawn and not copied are lost; another still needs another look.</p>
        <div className="form-actions">
          <Button look="danger" isPending={remove.isPending} onPress={() => { remove.mutate(undefined, { onSuccess: () => { setSure(false); onGone(); } }); }}>Destroy it</Button>
          <Button onPress={() => { setSure(false); }}>Cancel</Button>
        </div>
      </div>
    </Modal>
  );
}
