import "./log.css";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { problemOf } from "../../shared/api/client";
import type { LogChoices, LogPage as Part } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { count } from "../../shared/time/format";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { Anomalies } from "./Anomalies";
import { useLog } from "./api/log";
import { useChoices } from "./api/search";
import { entryOf, search } from "./entries";
import { Entry } from "./Entry";
import { Found } from "./Found";
import { Proof } from "./Proof";
import { type Filters, fromAddress, toAddress } from "./search";
import { SearchForm } from "./SearchForm";

export default function LogPage() {
  const [parameters, setParameters] = useSearchParams();
  const wanted = entryOf(parameters.get("entry"));
  const filters = fromAddress(parameters);
  const choices = useChoices();
  const log = useLog(wanted);
  const ask = (asked: Filters | null) => { setParameters(asked === null ? {} : toAddress(asked)); };
  const whole = { data: log.data?.pages, error: log.isFetchNextPageError ? null : log.error, isPending: log.isPending, dataUpdatedAt: log.dataUpdatedAt, refetch: () => log.refetch() };
  return (
    <Page title="Log" lead="Who did what, when and why. Entries are only ever added; nobody can change or remove one unseen. Reading the log is itself written in the log." actions={<Newest wanted={wanted} busy={log.isRefetching} onAsk={() => { void log.refetch(); }} />}>
      <Loaded of={whole} what="the log" lines={10}>
        {(parts) => (
          <Desk log={parts[0]} filters={filters} choices={choices.data} onAsk={ask}>
          <Entries parts={parts} wanted={wanted}>
            {log.isFetchNextPageError ? <Notice tone="bad">{inOneBreath(problemOf(log.error))}</Notice> : null}
            {log.hasNextPage ? <Button isPending={log.isFetchingNextPage} onPress={() => { void log.fetchNextPage(); }}>{log.isFetchingNextPage ? "Loading older entries" : "Load older entries"}</Button> : <p className="quiet small">This is the beginning of the log.</p>}
          </Entries>
          </Desk>
        )}
      </Loaded>
    </Page>
  );
}

interface DeskProps {
  log: Part | undefined;
  filters: Filters | null;
  choices: LogChoices | undefined;
  onAsk: (filters: Filters | null) => void;
  children: React.ReactNode;
}

/** Proof, what stands out, the search; then what it found, or the newest entries. */
function Desk({ log, filters, choices, onAsk, children }: DeskProps) {
  return (
    <>
      {log === undefined ? null : <Proof log={log} />}
      <Anomalies />
      <SearchForm key={JSON.stringify(filters)} asked={filters} choices={choices} onAsk={onAsk} />
      {filters === null ? children : <Found filters={filters} {...(log === undefined ? {} : { shownKey: log.verifier_key })} />}
    </>
  );
}

function Newest({ wanted, busy, onAsk }: { wanted: number | null; busy: boolean; onAsk: () => void }) {
  if (wanted !== null) return <Link className="button" to="/log">Newest entries</Link>;
  return <Button isPending={busy} onPress={onAsk}>{busy ? "Looking" : "Look for newer entries"}</Button>;
}

function Entries({ parts, wanted, children }: { parts: Part[]; wanted: number | null; children: React.ReactNode }) {
  const [typed, setTyped] = useState("");
  const [first] = parts;
  const entries = parts.flatMap((part) => part.entries);
  if (first === undefined || entries.length === 0) return <Face sign="▢" title="The log is empty">The first entry comes when the recorder starts.</Face>;
  const found = search(entries, typed);
  return (
    <>
      {wanted !== null && entries[0]?.index !== wanted ? <Notice tone="warn">There is no entry {wanted} yet; the log has {count(first.size)}.</Notice> : null}
      <h2 className="visually-hidden">Entries</h2>
      <div className="log-search">
        <Field label="Search the entries shown" value={typed} onChange={setTyped} help="Words in any order: a name, a camera, a reason, a date. Only loaded entries are searched; load older ones to look further back." />
        <p className="small quiet" role="status">{typed.trim() === "" ? `${count(entries.length)} of ${count(first.size)} entries are loaded.` : `${count(found.length)} of ${count(entries.length)} loaded entries hold these words.`}</p>
      </div>
      {found.length === 0 ? <p className="quiet">No loaded entry holds these words.</p> : <ol className="entries panel panel-flush" reversed>{found.map((entry) => <Entry key={entry.index} entry={entry} open={entry.index === wanted} shownKey={first.verifier_key} />)}</ol>}
      <div className="stack-small">{children}</div>
    </>
  );
}
