import { problemOf } from "../../shared/api/client";
import type { LogFound, SeenBy } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { count } from "../../shared/time/format";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { exportAddress, useSearch } from "./api/search";
import { Entry } from "./Entry";
import type { Filters } from "./search";

/** What a search found: who saw it, the entries, and a way to take them away. */
export function Found({ filters, shownKey = null }: { filters: Filters; shownKey?: string | null }) {
  const search = useSearch(filters);
  const whole = { data: search.data?.pages, error: search.isFetchNextPageError ? null : search.error, isPending: search.isPending, dataUpdatedAt: search.dataUpdatedAt, refetch: () => search.refetch() };
  return (
    <Loaded of={whole} what="what was found" lines={8}>
      {(parts) => (
        <>
          <Results parts={parts} filters={filters} shownKey={shownKey} />
          {search.isFetchNextPageError ? <Notice tone="bad">{inOneBreath(problemOf(search.error))}</Notice> : null}
          {search.hasNextPage ? <div><Button isPending={search.isFetchingNextPage} onPress={() => { void search.fetchNextPage(); }}>{search.isFetchingNextPage ? "Searching" : "Show older ones"}</Button></div> : null}
        </>
      )}
    </Loaded>
  );
}

function Results({ parts, filters, shownKey }: { parts: LogFound[]; filters: Filters; shownKey: string | null }) {
  const [first] = parts;
  if (first === undefined) return null;
  const entries = parts.flatMap((part) => part.entries);
  const more = parts.at(-1)?.before != null;
  return (
    <>
      {first.indexed < first.size ? <Notice tone="warn">The index of the log is being made: {count(first.indexed)} of {count(first.size)} entries. What is shown is what it reaches; search again in a few minutes.</Notice> : null}
      {first.seen_by == null ? null : <Saw people={first.seen_by} />}
      <div className="log-found">
        <p role="status"><strong>{count(entries.length)} {entries.length === 1 ? "entry" : "entries"}{more ? " and more" : ""}</strong> {entries.length === 1 && !more ? "fits" : "fit"}.</p>
        <Away filters={filters} />
      </div>
      {first.erased == null ? null : <p className="small quiet">What entries before {count(first.erased.before)} said of people was erased on <When at={first.erased.at_90k} />: they are found by kind and time only.</p>}
      {entries.length === 0 ? <Face sign="▢" title="No entry fits">Leave something out, or widen the interval.</Face> : <ol className="entries panel panel-flush" reversed aria-label="Entries found">{entries.map((entry) => <Entry key={entry.index} entry={entry} open={false} shownKey={shownKey} />)}</ol>}
    </>
  );
}

/** Files of the whole search, not of the page. */
function Away({ filters }: { filters: Filters }) {
  return (
    <span className="log-away">
      <a className="button button-small" href={exportAddress(filters, "csv")} download>For a spreadsheet (CSV)</a>
      <a className="button button-small" href={exportAddress(filters, "json")} download>With proofs (signed JSON)</a>
    </span>
  );
}

/** The answer to “who saw this camera then”. */
function Saw({ people }: { people: SeenBy[] }) {
  if (people.length === 0) return <Face sign="○" title="Nobody saw it">No look at footage of this camera in this interval is in the log, live ones included.</Face>;
  return (
    <Panel title={people.length === 1 ? "One person could see it" : `${count(people.length)} people could see it`}>
      <Scroll label="Who could see it">
        <table className="table">
          <thead><tr><th scope="col">Who</th><th scope="col">Live</th><th scope="col">Recorded</th><th scope="col">First</th><th scope="col">Last</th></tr></thead>
          <tbody>
            {people.map((one) => (
              <tr key={one.newest}>
                <th scope="row">{one.name ?? "Somebody whose details were erased"}</th>
                <td className="tabular">{one.live}</td><td className="tabular">{one.recorded}</td>
                <td><When at={one.first_90k} /></td><td><When at={one.last_90k} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="small quiet">A live look that goes on counts once an hour; renewals are part of the look they renew.</p>
    </Panel>
  );
}
