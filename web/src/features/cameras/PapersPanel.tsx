import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles, useSession } from "../../shared/api/session";
import type { CameraDetail, Paper } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, inOneBreath, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { FileField, inBase64 } from "../../shared/forms/FileField";
import { Button, Field, Modal, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useFilePaper, useSignPaper } from "./api/acts";

/** Suppliers' declarations: filed by one who read it, signed off by another. No paper helps a refused camera. */
export function PapersPanel({ camera }: { camera: CameraDetail }) {
  const roles = useRoles();
  const files = roles.includes("administrator") && camera.outcome !== "refused";
  const [filing, setFiling] = useState(false);
  if (camera.papers.length === 0 && !files) return null;
  return (
    <Panel title="Papers">
      <div className="stack">
        {camera.papers.length === 0 ? <p className="quiet">No supplier's declaration has been filed. A camera is accepted only with one, read by two people.</p> : null}
        {camera.papers.map((paper) => <Filed key={paper.declaration} camera={camera} paper={paper} />)}
        {files ? <div className="form-actions"><Button onPress={() => { setFiling(true); }}>File a declaration</Button></div> : null}
        {filing ? <FilePaper camera={camera} onClose={() => { setFiling(false); }} /> : null}
      </div>
    </Panel>
  );
}

function Filed({ camera, paper }: { camera: CameraDetail; paper: Paper }) {
  const sign = useSignPaper(camera.id);
  const session = useSession();
  const roles = useRoles();
  const signs = roles.some((role) => role === "administrator" || role === "dpo") && session.data?.person.full_name !== paper.signed_off_by;
  const second = paper.second_person ?? null;
  return (
    <section className="stack-small" aria-label={paper.file_name}>
      {sign.isError ? <Notice tone="bad">{inOneBreath(problemOf(sign.error))}</Notice> : null}
      <dl className="facts">
        <dt>File</dt><dd><a href={`/api/v1/cameras/${camera.id}/papers/${paper.declaration}`} download={paper.file_name}>{paper.file_name}</a></dd>
        <dt>SHA-256</dt><dd className="mono">{paper.declaration}</dd>
        {(paper.model ?? "") === "" ? null : <><dt>Model</dt><dd>{paper.model}</dd></>}
        {(paper.support_until ?? "") === "" ? null : <><dt>Security updates until</dt><dd>{paper.support_until}</dd></>}
        <dt>Filed</dt><dd><When at={paper.filed_90k} /> by {paper.signed_off_by}</dd>
        <dt>Signed off</dt><dd>{second ?? <span className="amber">△ A second person must read it and sign it off</span>}</dd>
      </dl>
      {second === null && signs ? (
        <div className="form-actions"><Button isPending={sign.isPending} onPress={() => { sign.mutate(paper.declaration); }}>I have read it: sign it off</Button></div>
      ) : null}
    </section>
  );
}

function FilePaper({ camera, onClose }: { camera: CameraDetail; onClose: () => void }) {
  const file = useFilePaper(camera.id);
  const [chosen, setChosen] = useState<File | null>(null);
  const [model, setModel] = useState(camera.model);
  const [until, setUntil] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (of: string) => ({ id: inputId("paper", of), error: errorAt(errors, of) });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (file.isPending) return;
    const found = faults([["file", chosen === null ? "Choose the declaration's file." : null], ["model", model === "" ? null : textFault(model, 1, 120, "Write the model as the declaration names it.")]]);
    setErrors(found);
    if (found.length > 0 || chosen === null) return;
    void inBase64(chosen).then((text) => {
      const asked = { file_name: chosen.name, file: text, model: model.trim() || null, support_until: until || null };
      file.mutate(asked, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["file", "model", "support_until"])); } });
    });
  };

  return (
    <Modal title="File a supplier's declaration" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="paper" errors={errors} title="Nothing was filed" />
        <p>You say with this that you have read it. A second person must read it too before it counts. The file is kept, with its SHA-256, and cannot be changed.</p>
        <FileField label="The file" {...field("file")} onChange={setChosen} />
        <Field label="Model it names" {...field("model")} value={model} onChange={setModel} help="Leave it empty if it names none. Makers of whom only some models may be used need it." />
        <Field label="Security updates until" {...field("support_until")} value={until} onChange={setUntil} type="date" short help="As the supplier promises (PSTI Act 2022). You are told 180 days before." />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={file.isPending}>File it</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
