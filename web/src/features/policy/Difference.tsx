import { useSearchParams } from "react-router";
import { usePolicyVersion } from "../../shared/api/policy";
import type { PolicyInFull, PolicyVersion } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Panel } from "../../shared/ui/parts";
import { numberOf } from "./check";
import { Compared } from "./Compared";
import { before, stateName } from "./states";

/** The file against that of another version, line by line; which one is in the address, so that it can be sent on. */
export function Difference({ all, versions }: { all: PolicyInFull; versions: readonly PolicyVersion[] }) {
  const [parameters, setParameters] = useSearchParams();
  const { number } = all.version;
  const others = versions.filter((version) => version.number !== number);
  const older = numberOf(parameters.get("with"), before(versions, number));
  const found = usePolicyVersion(older);
  if (older === null || others.length === 0) return null;
  return (
    <Panel
      title="What changed, line by line"
      actions={
        <label className="row small">
          Compared with
          <select className="input input-select" value={older} onChange={(event) => { setParameters({ with: event.target.value }, { replace: true }); }}>
            {others.map((version) => <option key={version.number} value={version.number}>Version {version.number}, {stateName[version.state].toLowerCase()}</option>)}
          </select>
        </label>
      }
    >
      <Loaded of={found} what="the other version" lines={4}>{({ text }) => <Compared older={text} newer={all.text} label={`From version ${older} to version ${number}`} />}</Loaded>
    </Panel>
  );
}
