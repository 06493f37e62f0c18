import { Link } from "react-router";
import type { PolicyVersion } from "../../shared/api/types";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { VersionState } from "./VersionFacts";

/** Every version there ever was, newest first; each opens. */
export function History({ versions }: { versions: readonly PolicyVersion[] }) {
  return (
    <section className="panel panel-flush" aria-label="History">
      <h2 className="table-title">History</h2>
      <Scroll label="Versions of the policy">
        <table className="table">
          <thead><tr><th scope="col">Version</th><th scope="col">State</th><th scope="col">Proposed</th><th scope="col">Decided</th><th scope="col">In force</th></tr></thead>
          <tbody>{versions.map((version) => <Row key={version.number} version={version} />)}</tbody>
        </table>
      </Scroll>
    </section>
  );
}

const by = (name: string, at: number) => <>{name}<span className="small quiet version-when"><When at={at} form="cell" /></span></>;

function Row({ version }: { version: PolicyVersion }) {
  return (
    <tr>
      <th scope="row"><Link to={`/policy/${version.number}`}>Version {version.number}</Link></th>
      <td><VersionState of={version} /></td>
      <td>{by(version.drafted_by, version.drafted_90k)}</td>
      <td>{version.approved_by == null || version.approved_90k == null ? <span className="quiet">Nobody yet</span> : by(version.approved_by, version.approved_90k)}</td>
      <td>{inForce(version)}</td>
    </tr>
  );
}

function inForce(version: PolicyVersion) {
  if (version.forced_90k != null) return <>from <When at={version.forced_90k} form="cell" />{version.ended_90k == null ? null : <span className="version-when">to <When at={version.ended_90k} form="cell" /></span>}</>;
  if (version.state === "approved" && version.force_90k != null) return <>from <When at={version.force_90k} form="cell" /></>;
  return <span className="quiet">{version.state === "withdrawn" ? "Never" : "Not yet"}</span>;
}
