import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles, useSession } from "../../shared/api/session";
import type { CameraDetail, FlawException } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, inOneBreath, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useEndException, useFileException, useSignException } from "./api/acts";

/** The flaws that a judgement holds against a camera, as its reasons name them: what an exception may be about. */
const flawsOf = (camera: CameraDetail) => camera.all_reasons.filter(({ rule }) => rule.startsWith("firmware.CVE-")).map(({ rule }) => rule.slice("firmware.".length));

/** Exceptions for known flaws of the firmware: filed by one, signed by another, until a day. */
export function ExceptionsPanel({ camera }: { camera: CameraDetail }) {
  const roles = useRoles();
  const [filing, setFiling] = useState(false);
  const flaws = flawsOf(camera);
  const files = roles.includes("administrator") && camera.outcome !== "refused" && flaws.length > 0;
  if (camera.exceptions.length === 0 && !files) return null;
  return (
    <Panel title="Exceptions">
      <div className="stack">
        {camera.exceptions.length === 0 ? <p className="quiet">A known flaw of its firmware is held against this camera. The remedy is an update; where that has to wait, two people may decide to use it until a day.</p> : null}
        {camera.exceptions.map((exception) => <Filed key={exception.id} camera={camera} exception={exception} />)}
        {files ? <div className="form-actions"><Button onPress={() => { setFiling(true); }}>File an exception</Button></div> : null}
        {filing ? <FileException camera={camera} flaws={flaws} onClose={() => { setFiling(false); }} /> : null}
      </div>
    </Panel>
  );
}

function Filed({ camera, exception }: { camera: CameraDetail; exception: FlawException }) {
  const sign = useSignException(camera.id);
  const end = useEndException(camera.id);
  const session = useSession();
  const decides = useRoles().some((role) => role === "administrator" || role === "dpo");
  const second = exception.second_person ?? null;
  const failed = sign.error ?? end.error;
  return (
    <section className="stack-small" aria-label={`Exception for ${exception.covers}`}>
      {failed === null ? null : <Notice tone="bad">{inOneBreath(problemOf(failed))}</Notice>}
      <dl className="facts">
        <dt>Flaw</dt><dd>{exception.covers}</dd>
        <dt>Why it may be lived with</dt><dd>{exception.reason}</dd>
        <dt>Answers for it</dt><dd>{exception.owner}</dd>
        <dt>Until the end of</dt><dd>{exception.until}</dd>
        <dt>Filed</dt><dd><When at={exception.filed_90k} /> by {exception.signed_off_by}</dd>
        <dt>Signed</dt><dd>{second ?? <span className="amber">△ It holds for nothing until a second person has signed it</span>}</dd>
      </dl>
      {decides ? (
        <div className="form-actions">
          {second === null && session.data?.person.full_name !== exception.signed_off_by ? <Button isPending={sign.isPending} onPress={() => { sign.mutate(exception.id); }}>I agree: sign it</Button> : null}
          <Button isPending={end.isPending} onPress={() => { end.mutate(exception.id); }}>End this exception</Button>
        </div>
      ) : null}
    </section>
  );
}

function FileException({ camera, flaws, onClose }: { camera: CameraDetail; flaws: string[]; onClose: () => void }) {
  const file = useFileException(camera.id);
  const [covers, setCovers] = useState(flaws[0] ?? "");
  const [reason, setReason] = useState("");
  const [owner, setOwner] = useState("");
  const [until, setUntil] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (of: string) => ({ id: inputId("exception", of), error: errorAt(errors, of) });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (file.isPending) return;
    const found = faults([
      ["covers", textFault(covers, 1, 40, "Name the flaw, as the reasons do.")],
      ["reason", textFault(reason, 20, 500, "Say in a sentence or two why it may be lived with.")],
      ["owner", textFault(owner, 1, 120, "Name who answers for it.")],
      ["until", until === "" ? "Choose the last day." : null],
    ]);
    setErrors(found);
    if (found.length > 0) return;
    const asked = { covers: covers.trim(), reason: reason.trim(), owner: owner.trim(), until };
    file.mutate(asked, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["covers", "reason", "owner", "until"])); } });
  };

  return (
    <Modal title="File an exception" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="exception" errors={errors} title="Nothing was filed" />
        <p>With this the camera may be used although the flaw is known, until the day is over. A second person must sign it. It never helps a maker that may not be used.</p>
        <Field label="Flaw" {...field("covers")} value={covers} onChange={setCovers} short help={`Held against this camera: ${flaws.join(", ")}.`} />
        <Field label="Why it may be lived with" {...field("reason")} value={reason} onChange={setReason} help="What keeps an attacker from it, and what the plan is." />
        <Field label="Who answers for it" {...field("owner")} value={owner} onChange={setOwner} help="A person or an office." />
        <Field label="Last day" {...field("until")} value={until} onChange={setUntil} type="date" short help="At most a year ahead. You are told 14 days before." />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={file.isPending}>File it</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
