import { Link } from "react-router";
import type { LogAnomaly } from "../../shared/api/types";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Loaded } from "../../shared/ui/Loaded";
import { Badge, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useAnomalies } from "./api/search";

const names: Record<string, string> = { out_of_hours: "Out of hours", bulk: "Many at once", refusals: "Refused in series" };

/** Looks that stand out, with the rule that found them: a reason to ask, and no more. */
export function Anomalies() {
  const anomalies = useAnomalies();
  return (
    <Panel title="What stands out">
      <Loaded of={anomalies} what="what stands out" lines={2}>
        {({ anomalies: found, rule }) => (
          <div className="stack-small">
            {found.length === 0 ? <p className="quiet">Nothing in the last 30 days.</p> : (
              <>
                <p className="quiet">Found in the last 30 days by a rule about hours and numbers. It is a reason to ask, and proves nothing.</p>
                <ul className="anomalies">{found.map((one) => <One key={`${one.kind} ${one.who} ${one.first_90k}`} one={one} />)}</ul>
              </>
            )}
            <Disclosure title="The rule"><p>{rule} Staff read this with the rules they accept.</p></Disclosure>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function One({ one }: { one: LogAnomaly }) {
  const newest = one.entries.at(-1);
  const search = new URLSearchParams({ ...(one.person == null ? {} : { person: one.person }), since: String(one.first_90k), until: String(one.last_90k + 90_000) });
  return (
    <li className="anomaly">
      <Badge tone="warn">{names[one.kind] ?? one.kind}</Badge>
      <span><strong>{one.who}</strong>: {one.words}</span>
      <span className="small quiet"><When at={one.last_90k} /> · <Link to={`/log?${search.toString()}`}>Show the entries</Link>{newest === undefined ? null : <> · <Link to={`/log?entry=${newest}`}>The last one</Link></>}</span>
    </li>
  );
}
