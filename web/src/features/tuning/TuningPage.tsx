import "./tuning.css";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { actOrThrow, problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { AskMotionTrial, MotionTrial, Role } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { looks } from "../../shared/roles";
import { useNow } from "../../shared/time/useNow";
import { plus, seconds, wallTicks } from "../../shared/time/units";
import { Face, Skeleton } from "../../shared/ui/Face";
import { Page } from "../../shared/ui/Page";
import { Button, Notice } from "../../shared/ui/parts";
import { Found } from "./Found";
import { partsOf } from "./parts";
import { PartsEditor } from "./PartsEditor";
import { checkTerms, firstTerms, type Terms, toAsk } from "./terms";
import { form, TermsForm } from "./TermsForm";
import { useStill } from "./useStill";

const fields = ["camera", "from_90k", "reason", "keep_if_still_s", "rolls", "zones"];
const tries: readonly Role[] = [...looks, "dpo", "administrator", "owner"];

/** What other terms for motion would do with footage that is there. Nothing is changed by it. */
export default function TuningPage() {
  const roles = useRoles();
  const [parameters] = useSearchParams();
  const key = parameters.toString();
  if (!roles.some((role) => tries.includes(role))) return <Face sign="⊘" title="You may not try terms for motion">Whoever looks at footage may, and whoever writes the policy, decides on it or advises on it.</Face>;
  return (
    <Page
      title="Try terms for motion"
      lead="What zones, a shorter life where nothing moved, or recording only what moves would do with footage that is there. Nothing is changed: the policy is the only source, and this page writes the lines for a draft."
      actions={roles.includes("approver") ? undefined : <><Link to="/retention">Retention</Link><Link to="/policy">Policy</Link></>}
    >
      <Try key={key} sums={!roles.some((role) => looks.includes(role))} />
    </Page>
  );
}

function Try({ sums }: { sums: boolean }) {
  const [parameters] = useSearchParams();
  const now = useNow();
  const [terms, setTerms] = useState<Terms>(() => firstTerms(parameters, now, sums));
  const [errors, setErrors] = useState<FormError[]>([]);
  const trial = useMutation({ mutationFn: ({ camera, asked }: { camera: string; asked: AskMotionTrial }) => actOrThrow<MotionTrial>("POST", `/cameras/${camera}/motion-trial`, asked) });
  const picture = useStill();
  const found = trial.data;
  const run = (goOn: boolean) => {
    const wrong = checkTerms(terms, now, sums);
    setErrors(wrong);
    const asked = toAsk(terms, goOn && found !== undefined ? wallTicks(found.looked_to_90k) : null);
    if (wrong.length > 0 || asked === null) return;
    trial.mutate({ camera: terms.camera, asked }, { onError: (error) => { setErrors(fromProblem(problemOf(error), fields)); } });
  };
  const change = (to: Terms) => {
    if (to.camera !== terms.camera) {
      trial.reset();
      picture.forget();
    }
    setTerms(to);
  };
  const ended = found !== undefined && found.looked_to_90k < found.to_90k && found.looked_to_90k > found.from_90k;
  return (
    <>
      {sums ? <Notice><p><strong>You are told sums.</strong> Scores over time say when people were there, so they need a grant to look. Without one this page tells sums of a whole quarter of an hour, for the zones in force.</p></Notice> : null}
      <TermsForm terms={terms} onTerms={change} errors={errors} sums={sums} pending={trial.isPending} onSubmit={() => { run(false); }}>
        {sums ? null : (
          <>
            <PartsEditor
              id={inputId(form, "zones")} parts={terms.parts} onParts={(parts) => { setTerms({ ...terms, parts }); }} inForce={terms.parts === null && found !== undefined ? partsOf(found.zones) : null}
              picture={picture.url} moved={found?.detail?.events.map((event) => event.area) ?? []} fault={errorAt(errors, "zones")}
            />
            <SeePicture terms={terms} found={found} picture={picture} />
          </>
        )}
      </TermsForm>
      {trial.isPending ? <Skeleton label="Looking through the footage; this may take a minute" lines={4} /> : null}
      {found === undefined ? null : <Found key={found.entry} trial={found} onGoOn={ended ? () => { run(true); } : null} />}
    </>
  );
}

/** A picture to draw on needs a look of its own, with the same reason. */
function SeePicture({ terms, found, picture }: { terms: Terms; found: MotionTrial | undefined; picture: ReturnType<typeof useStill> }) {
  if (found === undefined) return <p className="small quiet">Look through it once, then the picture can be shown to draw on.</p>;
  const [from, to] = [wallTicks(found.from_90k), wallTicks(found.looked_to_90k)];
  const first = found.detail?.events[0]?.start_90k ?? plus(from, seconds(1));
  return (
    <div className="stack-small">
      <div className="row"><Button small isPending={picture.pending} onPress={() => { void picture.ask({ camera: terms.camera, stream: found.stream, from, to, at: wallTicks(first), reason: terms.reason.trim() }); }}>Show the picture</Button><span className="small quiet">It is a look at footage: it is written in the log with the reason above.</span></div>
      {picture.problem === null ? null : <Notice tone="bad"><strong>{picture.problem.title}</strong> {picture.problem.detail}</Notice>}
    </div>
  );
}
