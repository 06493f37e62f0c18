import { Link } from "react-router";
import { useRoles } from "../../shared/api/session";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { usePolicy, useVersion } from "./api/policy";
import { FileText } from "./FileText";
import { History } from "./History";
import type { PolicyVersion, PolicyVersionDetail } from "./model";
import { Prose } from "./Prose";
import { Signs } from "./Signs";
import { inForce, may, waitsFor, whoWords } from "./states";
import { VersionFacts, VersionState } from "./VersionFacts";

/** The policy in force, in words and as the file; what waits; the history. */
export function InForcePage() {
  const policy = usePolicy();
  const roles = useRoles();
  const writes = may(roles, "draft");
  return (
    <Page
      title="Policy"
      lead="What each camera may record, when, and for how long: decided by a person, on a date, and obeyed by the recorder."
      actions={writes && policy.data !== undefined ? <Link className="button button-main" to="/policy/write">Propose a version</Link> : undefined}
    >
      <Loaded of={policy} what="the policy" lines={10}>{({ versions }) => <Found versions={versions} writes={writes} />}</Loaded>
    </Page>
  );
}

function Found({ versions, writes }: { versions: PolicyVersion[]; writes: boolean }) {
  const now = inForce(versions);
  const version = useVersion(now);
  return (
    <>
      <Waiting versions={versions} />
      {now === null
        ? <Face sign="▢" title="No policy is in force">Without one no camera records. {writes ? "Propose the first version: it needs a purpose for each camera, who answers for it, and how long footage is kept." : whoWords.draft}</Face>
        : <Loaded of={version} what="the version in force" lines={12}>{(found) => <InForce version={found} />}</Loaded>}
      {versions.length === 0 ? null : <History versions={versions} />}
      {writes ? null : <p className="quiet small">{whoWords.draft} {whoWords.advise} {whoWords.approve}</p>}
    </>
  );
}

/** What is approved and waits for its time, and what waits for somebody. */
function Waiting({ versions }: { versions: readonly PolicyVersion[] }) {
  return versions.map((version) => {
    const link = <Link to={`/policy/${version.number}`}>Read version {version.number}</Link>;
    const next = waitsFor(version);
    if (version.state === "approved" && version.force_90k != null) return <Notice key={version.number} tone="warn"><strong>Version {version.number} takes force <When at={version.force_90k} />.</strong> Until then it can be withdrawn. {link}</Notice>;
    return next === null ? null : <Notice key={version.number}><strong>Version {version.number} is a draft of {version.drafted_by}.</strong> {next} {link}</Notice>;
  });
}

function InForce({ version }: { version: PolicyVersionDetail }) {
  return (
    <>
      <Panel title={`Version ${version.number}`} actions={<VersionState of={version} />}><VersionFacts version={version} /></Panel>
      <TextBeside version={version} />
      <Signs signs={version.signs} />
    </>
  );
}

/** The same twice: as people read it, and as the recorder does. */
export function TextBeside({ version }: { version: PolicyVersionDetail }) {
  return (
    <div className="beside">
      <Panel title="In words"><Prose sections={version.prose} /></Panel>
      <Panel title="The file"><FileText text={version.text} label={`The file of version ${version.number}`} /></Panel>
    </div>
  );
}
