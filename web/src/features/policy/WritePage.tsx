import { Link, useSearchParams } from "react-router";
import { usePolicies, usePolicyVersion } from "../../shared/api/policy";
import { useRoles } from "../../shared/api/session";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { numberOf } from "./check";
import { Crumb } from "./Crumb";
import { may, whoWords } from "./states";
import { Write } from "./Write";

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
  const policies = usePolicies();
  return <Loaded of={policies} what="the policy" lines={12}>{(found) => <From number={numberOf(parameters.get("from"), found.in_force ?? null)} />}</Loaded>;
}

function From({ number }: { number: number | null }) {
  const version = usePolicyVersion(number);
  if (number === null) return <Write older="" from={null} />;
  return <Loaded of={version} what="the version to start from" lines={12}>{({ text }) => <Write key={number} older={text} from={number} />}</Loaded>;
}
