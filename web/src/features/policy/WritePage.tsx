import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import { inOneBreath } from "../../shared/forms/errors";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { useDraft, usePolicy, useVersion } from "./api/policy";
import { Checked } from "./Checked";
import { Compared } from "./Compared";
import { Crumb } from "./Crumb";
import { FileEditor, type FileEditorHandle } from "./FileEditor";
import { startOf, wrongLines } from "./check";
import { inForce, may, whoWords } from "./states";
import { useChecked } from "./useChecked";

/** Writes a new version, from the one in force or from the one that the address names. */
export function WritePage() {
  const writes = may(useRoles(), "draft");
  return (
    <Page title={<><Crumb />Propose a version</>} lead="The policy is one file. Write it here; nothing changes until a system owner has approved the version and its time has come.">
      {writes ? <Start /> : <Face sign="⊘" title="You may not propose a version">{whoWords.draft} You can read every version on the <Link to="/policy">Policy page</Link>.</Face>}
    </Page>
  );
}

function Start() {
  const [parameters] = useSearchParams();
  const policy = usePolicy();
  return <Loaded of={policy} what="the policy" lines={12}>{({ versions }) => <From number={startOf(parameters.get("from"), inForce(versions))} />}</Loaded>;
}

function From({ number }: { number: number | null }) {
  const version = useVersion(number);
  if (number === null) return <Write older="" from={null} />;
  return <Loaded of={version} what="the version to start from" lines={12}>{({ text }) => <Write key={number} older={text} from={number} />}</Loaded>;
}

function Write({ older, from }: { older: string; from: number | null }) {
  const navigate = useNavigate();
  const draft = useDraft();
  const editor = useRef<FileEditorHandle>(null);
  const [text, setText] = useState(older);
  const checking = useChecked(text);
  const { check, state, current, asking } = checking;
  const mistakes = state.kind === "checked" ? state.check.mistakes : [];
  const changed = text !== older;
  useKeepFromLeaving(changed && !draft.isSuccess);

  const checkNow = async () => {
    const first = (await check())?.mistakes[0];
    if (first?.line != null) editor.current?.goTo({ line: first.line, column: first.column ?? 1 });
  };
  const propose = () => {
    draft.mutate({ text }, { onSuccess: (version) => { void navigate(`/policy/${version.number}`); } });
  };
  const ready = state.kind === "checked" && current && mistakes.length === 0 && changed;
  return (
    <>
      <div className="beside">
        <Panel title="The file" actions={<Button isPending={asking} onPress={() => { void checkNow(); }}>Check</Button>}>
          <FileEditor id="policy-file" label={from === null ? "Policy file" : `Policy file, from version ${from}`} value={text} onChange={setText} wrong={wrongLines(mistakes)} described="policy-mistakes" handle={editor} />
        </Panel>
        <Checked id="policy-mistakes" checking={checking} onGoTo={(place) => { editor.current?.goTo(place); }} />
      </div>
      {from === null || !changed ? null : <Panel title={`What you changed in version ${from}`}><Compared older={older} newer={text} label="What you changed" /></Panel>}
      <Panel title="Propose">
        <div className="stack">
          {draft.isError ? <Notice tone="bad"><strong>Nothing was proposed.</strong> {inOneBreath(problemOf(draft.error))}</Notice> : null}
          <p>It becomes a draft under your name, and an entry in the log. The data protection officer advises on it, a system owner approves it; until then the policy of now stays in force.</p>
          <div className="form-actions">
            <Button look="main" isDisabled={!ready} isPending={draft.isPending} onPress={propose}>Propose this version</Button>
            {ready ? null : <span className="quiet">{!changed ? "Nothing is changed yet." : mistakes.length > 0 ? "A file with mistakes cannot be proposed." : "The file has to be checked first."}</span>}
          </div>
        </div>
      </Panel>
    </>
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
