import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { CameraDetail } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Panel } from "../../shared/ui/parts";
import { type DecoderAct, useDecideOnDecoders } from "./api/acts";

const form = "decoders";

const acts: readonly { act: DecoderAct; label: string; meaning: string; danger: boolean }[] = [
  { act: "decode_again", label: "Decode it again", meaning: "It was looked at and is well, or was mended. What happened is forgotten, and the gate judges without it.", danger: false },
  { act: "keep_undecoded", label: "Keep recording, undecoded", meaning: "Nothing is lost, and no program is given its pictures: no motion, no stills, no conversion.", danger: false },
  { act: "quarantine", label: "Quarantine it", meaning: "Nothing is received from it any more.", danger: true },
];

/** A camera whose pictures ended decoders: what that means, and the three things a person can decide. */
export function DecodersPanel({ camera }: { camera: CameraDetail }) {
  const decides = useRoles().includes("administrator");
  const said = camera.all_reasons.filter((reason) => reason.rule.startsWith("decoder."));
  if (said.length === 0) return null;
  return (
    <Panel title="Its pictures ended decoders">
      <div className="stack-small">
        {said.map((reason) => <p key={reason.rule}>{reason.words}</p>)}
        {decides ? <Decide camera={camera} /> : <p className="quiet">An administrator decides.</p>}
      </div>
    </Panel>
  );
}

function Decide({ camera }: { camera: CameraDetail }) {
  const decide = useDecideOnDecoders(camera.id);
  const [act, setAct] = useState<DecoderAct>("decode_again");
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  // What is quarantined is not recorded: there only decoding it again changes something.
  const offered = camera.outcome === "accepted" ? acts : acts.filter((one) => one.act === "decode_again");
  const chosen = offered.find((one) => one.act === act) ?? acts[0];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (decide.isPending || chosen === undefined) return;
    const found = faults([["reason", textFault(reason, 5, 300, "Say what was found, and what was done.")]]);
    setErrors(found);
    if (found.length === 0) decide.mutate({ act: chosen.act, reason: reason.trim() }, { onError: (error) => { setErrors(fromProblem(problemOf(error), ["reason"])); } });
  };
  return (
    <form className="stack-small" onSubmit={submit} noValidate>
      <ErrorSummary form={form} errors={errors} title="Nothing was decided" />
      <div className="field">
        <label className="field-label" htmlFor={inputId(form, "act")}>Decision</label>
        <select className="input" id={inputId(form, "act")} value={chosen?.act} onChange={(event) => { setAct(offered.find((one) => one.act === event.target.value)?.act ?? "decode_again"); }}>
          {offered.map((one) => <option key={one.act} value={one.act}>{one.label}</option>)}
        </select>
        <p className="small quiet">{chosen?.meaning}</p>
      </div>
      <Field label="Reason" id={inputId(form, "reason")} value={reason} onChange={setReason} error={errorAt(errors, "reason")} help="It stands in the log with your name." required />
      <div className="form-actions"><Button type="submit" look={chosen?.danger === true ? "danger" : "plain"} isPending={decide.isPending}>Decide</Button></div>
    </form>
  );
}
