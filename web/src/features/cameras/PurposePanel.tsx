import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { CameraDetail } from "../../shared/api/types";
import { type FormError, fromProblem } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { promised } from "../../shared/time/format";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useWritePurpose } from "./api/acts";
import { checkPurpose, isChanged, purposeFields, type PurposeForm, purposeForm, toPurpose } from "./purpose";
import { PurposeFields } from "./PurposeFields";

/** What the camera is for. A changed text is a new version; footage keeps the version it was recorded under. */
export function PurposePanel({ camera, manages }: { camera: CameraDetail; manages: boolean }) {
  const [writing, setWriting] = useState(false);
  const purpose = camera.purpose ?? null;
  if (writing) return <PurposeEditor camera={camera} onDone={() => { setWriting(false); }} />;
  // A purpose may be written while papers are on their way; a refused camera will never record.
  const may = manages && (camera.outcome !== "refused" || purpose !== null);
  return (
    <Panel title="Purpose" actions={may ? <Button small onPress={() => { setWriting(true); }}>{purpose === null ? "Write the purpose" : "Change"}</Button> : undefined}>
      {purpose === null && camera.outcome !== "accepted" ? (
        <p className="quiet">None is written down. {camera.outcome === "refused" ? "A refused camera records nothing, so it needs none." : "It will be needed once the camera is accepted; until then nothing is recorded anyway."}</p>
      ) : purpose === null ? (
        <Notice tone="warn"><strong>No purpose is written down, so nothing is recorded.</strong> {manages ? "Write one sentence, who answers for it, and how long footage is kept." : "An administrator can write it."}</Notice>
      ) : (
        <dl className="facts">
          <dt>Purpose</dt><dd>{purpose.sentence}</dd>
          <dt>Answers for it</dt><dd>{purpose.owner}</dd>
          <dt>Kept</dt><dd>{promised(purpose.keep_days)}</dd>
          <dt>Written</dt><dd><When at={purpose.written_90k} /> by {purpose.written_by}</dd>
          <dt>Version</dt><dd className="mono">{purpose.id}</dd>
        </dl>
      )}
    </Panel>
  );
}

function PurposeEditor({ camera, onDone }: { camera: CameraDetail; onDone: () => void }) {
  const write = useWritePurpose(camera.id);
  const [form, setForm] = useState<PurposeForm>(() => purposeForm(camera.purpose));
  const [errors, setErrors] = useState<FormError[]>([]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (write.isPending) return;
    if (!isChanged(form, camera.purpose)) { onDone(); return; }
    const found = checkPurpose(form);
    setErrors(found);
    if (found.length > 0) return;
    write.mutate(toPurpose(form), { onSuccess: onDone, onError: (error) => { setErrors(fromProblem(problemOf(error), purposeFields)); } });
  };
  return (
    <Panel title={camera.purpose == null ? "Write the purpose" : "Change the purpose"}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="purpose" errors={errors} />
        {camera.purpose == null ? null : <p className="quiet">A changed text is a new version, with your name and the time. Footage already recorded keeps the version, and the end, it was recorded under.</p>}
        <PurposeFields form="purpose" value={form} errors={errors} onChange={setForm} />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={write.isPending}>{camera.purpose == null ? "Write it down" : "Write a new version"}</Button>
          <Button onPress={onDone}>Cancel</Button>
        </div>
      </form>
    </Panel>
  );
}
