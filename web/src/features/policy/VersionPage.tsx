import { useParams } from "react-router";
import { useSession } from "../../shared/api/session";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { usePlan, useVersion } from "./api/policy";
import { startOf } from "./check";
import { Compared } from "./Compared";
import { Crumb } from "./Crumb";
import { TextBeside } from "./InForcePage";
import type { PolicyAct, PolicyVersionDetail } from "./model";
import { PlanView } from "./PlanView";
import { actWords, waitsFor } from "./states";
import { VersionActs } from "./VersionActs";
import { LogReference, VersionFacts, VersionState } from "./VersionFacts";

/** One version: where it stands, what it would change, what it says, and everything that was done to it. */
export function VersionPage() {
  const { number = "" } = useParams();
  const wanted = startOf(number, null);
  const version = useVersion(wanted);
  if (wanted === null) return <Page title={<><Crumb />Version</>}><Face sign="?" title="There is no such version">The history on the Policy page lists every version.</Face></Page>;
  return (
    <Page title={<><Crumb />Version {wanted}</>} actions={version.data === undefined ? undefined : <VersionActs version={version.data} />}>
      <Loaded of={version} what="the version" lines={12}>{(found) => <Found version={found} />}</Loaded>
    </Page>
  );
}

function Found({ version }: { version: PolicyVersionDetail }) {
  const next = waitsFor(version);
  const open = version.state === "draft" || version.state === "approved";
  return (
    <>
      {next === null ? null : <Notice><strong>Next.</strong> {next}</Notice>}
      <Panel title="Where it stands" actions={<VersionState of={version} />}><VersionFacts version={version} /></Panel>
      {open ? <Plan number={version.number} /> : null}
      <Difference version={version} />
      <TextBeside version={version} />
      <Acts acts={version.acts} />
    </>
  );
}

function Plan({ number }: { number: number }) {
  const plan = usePlan(number);
  return <Panel title="What it would change"><Loaded of={plan} what="what it would change" lines={5}>{(found) => <PlanView plan={found} />}</Loaded></Panel>;
}

/** Against the version before it. */
function Difference({ version }: { version: PolicyVersionDetail }) {
  const before = version.number > 1 ? version.number - 1 : null;
  const older = useVersion(before);
  if (before === null) return null;
  return (
    <Panel title={`Changes since version ${before}`}>
      <Loaded of={older} what="the version before" lines={4}>{(found) => <Disclosure title="Line by line" open><Compared older={found.text} newer={version.text} label={`Changes since version ${before}`} /></Disclosure>}</Loaded>
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
