import { Link } from "react-router";
import { usePolicies, usePolicyVersion } from "../../shared/api/policy";
import { useRoles } from "../../shared/api/session";
import type { Policies, PolicyInFull, PolicyVersion } from "../../shared/api/types";
import { looks } from "../../shared/roles";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { CamerasNow } from "./CamerasNow";
import { found } from "./check";
import { Findings, Strangers } from "./Findings";
import { History } from "./History";
import { Signs } from "./Signs";
import { may, waitsFor, whoWords } from "./states";
import { TextBeside } from "./TextBeside";
import { VersionFacts, VersionState } from "./VersionFacts";

/** The policy in force, in words and as the file; what waits; the history. */
export function InForcePage() {
  const policies = usePolicies();
  const writes = may(useRoles(), "draft");
  return (
    <Page
      title="Policy"
      lead="What each camera may record, when, and for how long: decided by a person, on a date, and obeyed by the recorder."
      actions={writes && policies.data !== undefined ? <Link className="button button-main" to="/policy/write">Propose a version</Link> : undefined}
    >
      <Loaded of={policies} what="the policy" lines={10}>{(all) => <All policies={all} writes={writes} />}</Loaded>
    </Page>
  );
}

function All({ policies, writes }: { policies: Policies; writes: boolean }) {
  const now = policies.in_force ?? null;
  const version = usePolicyVersion(now);
  return (
    <>
      {policies.trouble == null ? null : <Notice tone="warn"><strong>This needs somebody.</strong> {policies.trouble}</Notice>}
      <ToAccept policies={policies} />
      <Waiting versions={policies.versions} />
      {now === null ? <NoneInForce policies={policies} writes={writes} /> : <Loaded of={version} what="the version in force" lines={12}>{(all) => <InForce all={all} />}</Loaded>}
      {policies.versions.length === 0 ? null : <History versions={policies.versions} />}
      {writes ? null : <p className="quiet small">{whoWords.draft} {whoWords.advise} {whoWords.approve}</p>}
    </>
  );
}

function NoneInForce({ policies, writes }: { policies: Policies; writes: boolean }) {
  const old = policies.old_purposes;
  return (
    <>
      <Face sign="▢" title="No policy is in force">
        {old.length === 0 ? "Without one no camera records." : "No camera records without a purpose."}{" "}
        {writes ? "Propose the first version: it says for each camera what it is for, who answers for it, when it records, and how long footage is kept." : whoWords.draft}
      </Face>
      {old.length === 0 ? null : <Notice tone="warn"><strong>{old.length === 1 ? "1 camera records" : `${old.length} cameras record`} for a purpose of before there was a policy:</strong> {old.join(", ")}. They go on until a version is in force; then only what it names is recorded.</Notice>}
    </>
  );
}

function ToAccept({ policies }: { policies: Policies }) {
  const without = useRoles().some((role) => looks.includes(role)) ? "open live pictures or footage" : "look at a camera to set it up";
  const number = policies.to_accept ?? policies.to_accept_soon;
  if (number == null) return null;
  return <Notice tone={policies.to_accept == null ? "info" : "warn"}><strong>You have not accepted version {number} yet.</strong> {policies.to_accept == null ? "Accept it before it takes force, and nothing stops for you." : `Until you have, you cannot ${without}.`} <Link to="/policy/accept">Read and accept it</Link></Notice>;
}

/** What is approved and waits for its time, and what waits for somebody. */
function Waiting({ versions }: { versions: readonly PolicyVersion[] }) {
  return versions.map((version) => {
    const link = <Link to={`/policy/${version.number}`}>Read version {version.number}</Link>;
    const next = waitsFor(version);
    if (version.state === "approved" && version.force_90k != null) return <Notice key={version.number} tone="warn"><strong>Version {version.number} takes force on <When at={version.force_90k} />.</strong> Until then it can be withdrawn. {link}</Notice>;
    return next === null ? null : <Notice key={version.number}><strong>Version {version.number} is a draft, proposed by {version.drafted_by}.</strong> {next} {link}</Notice>;
  });
}

function InForce({ all }: { all: PolicyInFull }) {
  const { number } = all.version;
  const findings = found(all.reading);
  return (
    <>
      <Panel title={`Version ${number}`} actions={<div className="row"><VersionState of={all.version} /><Link className="button button-small" to={`/policy/${number}`}>Version {number} in full</Link></div>}><VersionFacts version={all.version} /></Panel>
      {findings.length === 0 && all.reading.unnamed.length === 0 ? null : <Panel title="To look at"><div className="stack-small"><Findings all={findings} /><Strangers reading={all.reading} /></div></Panel>}
      <TextBeside all={all} />
      <CamerasNow cameras={all.reading.cameras} title="What it says for each camera now" />
      <Signs cameras={all.reading.cameras} />
    </>
  );
}
