import { Link } from "react-router";
import type { WaitingAct } from "../../shared/api/types";
import { useWaiting } from "../../shared/api/waiting";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";

/** Every act that somebody else began and that the person who reads this could decide. */
export default function WaitingPage() {
  const waiting = useWaiting();
  return (
    <Page title="Waiting for you" lead="Some acts take two people. These were begun by somebody else, and you could decide them.">
      <Panel flush>
        <Loaded of={waiting} what="what waits for you" lines={3}>{(all) => <Acts of={all.acts} />}</Loaded>
      </Panel>
    </Page>
  );
}

function Acts({ of }: { of: readonly WaitingAct[] }) {
  if (of.length === 0) return <p className="quiet">Nothing waits for you.</p>;
  return (
    <Scroll label="Acts that wait">
      <table className="table">
        <thead><tr><th scope="col">What</th><th scope="col">Begun by</th><th scope="col">Since</th></tr></thead>
        <tbody>
          {of.map((act) => (
            <tr key={`${act.page} ${act.words} ${act.since_90k}`}>
              <th scope="row"><Link to={act.page}>{act.words}</Link></th>
              <td>{act.by ?? "–"}</td>
              <td><When at={act.since_90k} form="cell" /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
