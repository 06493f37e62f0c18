import { useParams } from "react-router";
import { usePolicies, usePolicyVersion } from "../../shared/api/policy";
import { useSession } from "../../shared/api/session";
import type { PolicyAcceptance, PolicyAct, PolicyInFull, PolicyVersion } from "../../shared/api/types";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { CamerasNow } from "./CamerasNow";
import { found, foundWords, numberOf } from "./check";
import { Crumb } from "./Crumb";
import { Difference } from "./Difference";
import { Findings, Strangers } from "./Findings";
import { PlanView } from "./PlanView";
import { actWords, waitsFor } from "./states";
import { TextBeside } from "./TextBeside";
import { VersionActs } from "./VersionActs";
import { LogReference, VersionFacts, VersionState } from "./VersionFacts";

/** One version: where it stands, what it would change, what it says, and everything that was done to it. */
export function VersionPage() {
  const wanted = numberOf(useParams()["number"], null);
  const version = usePolicyVersion(wanted);
  const policies = usePolicies();
  if (wanted === null) return <Page title={<><Crumb />Version</>}><Face sign="?" title="There is no such version">The history on the Policy page lists every version.</Face></Page>;
  return (
    <Page title={<><Crumb />Version {wanted}</>} actions={version.data === undefined ? undefined : <VersionActs all={version.data} />}>
      <Loaded of={version} what="the version" lines={12}>{(all) => <All all={all} versions={policies.data?.versions ?? []} />}</Loaded>
    </Page>
  );
}

function All({ all, versions }: { all: PolicyInFull; versions: readonly PolicyVersion[] }) {
  const { version, reading } = all;
  const next = waitsFor(version);
  return (
    <>
      {next === null ? null : <Notice><strong>Next.</strong> {next}</Notice>}
      <Panel title="Where it stands" actions={<VersionState of={version} />}><VersionFacts version={version} /></Panel>
      {reading.plan == null ? null : <Panel title="What it would change"><PlanView plan={reading.plan} proposed={version.state === "draft"} /></Panel>}
      <Check all={all} />
      <Difference all={all} versions={versions} />
      <TextBeside all={all} />
      {version.state === "superseded" || version.state === "withdrawn" ? null : <CamerasNow cameras={reading.cameras} title={version.state === "in_force" ? "What it says for each camera now" : "What it would say for each camera now"} />}
      <Acts acts={all.acts} />
      <Acceptances acceptances={all.acceptances} />
    </>
  );
}

/** What the check finds in it; nothing to say of one that is over and can be read. */
function Check({ all }: { all: PolicyInFull }) {
  const findings = found(all.reading);
  const isOver = all.version.state === "superseded" || all.version.state === "withdrawn";
  if (isOver && all.reading.mistakes.length === 0) return null;
  return (
    <Panel title="What the check says">
      <div className="stack-small">
        {all.reading.mistakes.length === 0 ? null : <Notice tone="bad"><strong>This program cannot read version {all.version.number}.</strong> It was written for another version of the program. Propose it anew, corrected.</Notice>}
        <p>{foundWords(findings)}</p>
        <Findings all={findings} />
        <Strangers reading={all.reading} />
      </div>
    </Panel>
  );
}

function Acts({ acts }: { acts: readonly PolicyAct[] }) {
  const readsLog = useSession().data?.pages.includes("log") ?? false;
  return (
    <Panel title="What was done">
      <ol className="acts-done">
        {acts.map((act, at) => (
          <li key={at}>
            <strong>{actWords(act.act)}</strong> by {act.by}, <When at={act.at_90k} />{act.reason === "" ? "" : `: ${act.reason}`}{" "}
            <span className="small quiet"><LogReference entry={act.entry} readsLog={readsLog} /></span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** Whoever sees footage and has put their name under it. */
function Acceptances({ acceptances }: { acceptances: readonly PolicyAcceptance[] }) {
  if (acceptances.length === 0) return null;
  const list = <ul className="acts-done">{acceptances.map(({ name, at_90k: at }) => <li key={`${name} ${at}`}>{name}, <When at={at} /></li>)}</ul>;
  return <Panel title="Read and accepted">{acceptances.length <= 8 ? list : <Disclosure title={`By ${acceptances.length} people`}>{list}</Disclosure>}</Panel>;
}
