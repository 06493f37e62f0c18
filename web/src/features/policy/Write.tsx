import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { problemOf } from "../../shared/api/client";
import type { PolicyReading } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { useDraft } from "./api/policy";
import { Beginnings } from "./Beginnings";
import { Checked } from "./Checked";
import { Compared } from "./Compared";
import { FileEditor, type FileEditorHandle } from "./FileEditor";
import { found, wrongLines } from "./check";
import { PlanView } from "./PlanView";
import { Prose } from "./Prose";
import { useChecked } from "./useChecked";
import { useUnfinished } from "./useUnfinished";

/** The file, what the check says of it, what it would change, and the way to propose it. */
export function Write({ older, from }: { older: string; from: number | null }) {
  const editor = useRef<FileEditorHandle>(null);
  const { text, wasLeft, write: setText, forget } = useUnfinished(from, older);
  const [proposed, setProposed] = useState(false);
  const checking = useChecked(text);
  const { check, state, current, asking } = checking;
  const reading = state.kind === "checked" ? state.reading : null;
  const changed = text !== older;
  useKeepFromLeaving(changed && !proposed);

  const checkNow = async () => {
    const answer = await check();
    const first = answer === null ? undefined : found(answer).find((each) => each.line !== null && each.weight !== "remark");
    if (first?.line != null) editor.current?.goTo({ line: first.line, column: first.column });
  };
  return (
    <>
      {wasLeft && changed ? <Notice><div className="row"><p><strong>You left this unfinished.</strong> It is as you left it, and nobody else has seen it.</p><Button small onPress={() => { setText(older); }}>Begin anew</Button></div></Notice> : null}
      {text.trim() === "" ? <Beginnings onBegin={setText} /> : null}
      <div className="beside">
        <Panel title="The file" actions={<Button isPending={asking} onPress={() => { void checkNow(); }}>Check</Button>}>
          <FileEditor id="policy-file" label={from === null ? "Policy file" : `Policy file, from version ${from}`} value={text} onChange={setText} wrong={wrongLines(reading?.mistakes ?? [])} described="policy-mistakes" handle={editor} />
        </Panel>
        <Checked id="policy-mistakes" checking={checking} onGoTo={(place) => { editor.current?.goTo(place); }} />
      </div>
      {from === null || !changed ? null : <Panel title={`What you changed in version ${from}`}><Compared older={older} newer={text} label="What you changed" /></Panel>}
      {reading === null || reading.mistakes.length > 0 ? null : <Preview reading={reading} current={current} />}
      <Propose text={text} hindrance={hindrance(changed, reading, current)} onProposed={() => { setProposed(true); forget(); }} />
    </>
  );
}

/** What still stands between this text and a proposal; `null` when nothing does. */
function hindrance(changed: boolean, reading: PolicyReading | null, current: boolean): string | null {
  if (!changed) return "Nothing is changed yet.";
  if (reading === null || !current) return "The file has to be checked first.";
  if (reading.mistakes.length > 0) return "A file with mistakes cannot be proposed.";
  return reading.can_come_into_force ? null : "It asks for what this recorder cannot do, so it cannot be proposed here.";
}

function Preview({ reading, current }: { reading: PolicyReading; current: boolean }) {
  return (
    <Panel title="What it would change">
      <div className="stack">
        {current ? null : <p className="quiet">As it was when the file was last checked.</p>}
        {reading.plan == null ? null : <PlanView plan={reading.plan} proposed />}
        <Disclosure title="The whole policy in words"><Prose sections={reading.prose} /></Disclosure>
      </div>
    </Panel>
  );
}

function Propose({ text, hindrance: why, onProposed }: { text: string; hindrance: string | null; onProposed: () => void }) {
  const navigate = useNavigate();
  const draft = useDraft();
  const propose = () => {
    draft.mutate({ text }, {
      onSuccess: ({ version }) => {
        onProposed();
        void navigate(`/policy/${version.number}`);
      },
    });
  };
  return (
    <Panel title="Propose">
      <div className="stack">
        {draft.isError ? <Notice tone="bad"><strong>Nothing was proposed.</strong> {inOneBreath(problemOf(draft.error))}</Notice> : null}
        <p>It becomes a draft under your name, and an entry in the log. The data protection officer advises on it, a system owner approves it; until then the policy of now stays in force.</p>
        <div className="form-actions">
          <Button look="main" isDisabled={why !== null} isPending={draft.isPending} onPress={propose}>Propose this version</Button>
          {why === null ? null : <span className="quiet">{why}</span>}
        </div>
      </div>
    </Panel>
  );
}

/** What was typed is not lost by a slip: the browser asks before it leaves. */
function useKeepFromLeaving(keep: boolean): void {
  useEffect(() => {
    if (!keep) return;
    const ask = (event: BeforeUnloadEvent) => { event.preventDefault(); };
    window.addEventListener("beforeunload", ask);
    return () => { window.removeEventListener("beforeunload", ask); };
  }, [keep]);
}
