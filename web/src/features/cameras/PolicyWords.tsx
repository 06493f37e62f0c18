import { Link } from "react-router";
import { usePolicies, usePolicyVersion } from "../../shared/api/policy";
import type { CameraDetail, PolicyInFull } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";

/** What the version in force says of the camera: where it stands, what it sees, when it records. */
export function PolicyWords({ camera }: { camera: CameraDetail }) {
  const policies = usePolicies(60_000);
  const number = policies.data?.in_force ?? null;
  const version = usePolicyVersion(number);
  if (number === null) return null;
  return <Loaded of={version} what="what the policy says" lines={3}>{(found) => <Words found={found} name={camera.name} />}</Loaded>;
}

function Words({ found, name }: { found: PolicyInFull; name: string }) {
  const section = found.reading.prose.find((each) => each.rule.startsWith("cameras.") && each.heading === name);
  const link = <Link to="/policy">Version {found.version.number} of the policy</Link>;
  if (section === undefined) return <p className="quiet small">{link} does not name it.</p>;
  return (
    <div className="policy-says">
      {section.paragraphs.map((paragraph, at) => <p key={at}>{paragraph}</p>)}
      <p className="quiet small">{link} says so.</p>
    </div>
  );
}
