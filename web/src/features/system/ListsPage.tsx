import { Link } from "react-router";
import type { ListsState } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Badge, Notice, Panel } from "../../shared/ui/parts";
import { useLists } from "./api/lists";
import { OfferedPanel } from "./OfferedPanel";
import { OfferLists } from "./OfferLists";

/** The lists cameras are judged by: what is in force, whose signatures count, and a new bundle on its way in. */
export function ListsPage() {
  const lists = useLists();
  const title = <><Link to="/system" className="crumb">System</Link><span className="crumb quiet" aria-hidden="true"> / </span>Vetting lists</>;
  return (
    <Page title={title} lead="Cameras are judged by lists of makers, addresses and flaws. New lists come as one signed bundle; two people put it in force.">
      <Loaded of={lists} what="the vetting lists" lines={8}>{(state) => <Found state={state} />}</Loaded>
    </Page>
  );
}

function Found({ state }: { state: ListsState }) {
  const offered = state.offered ?? null;
  return (
    <>
      {offered === null ? null : <OfferedPanel offered={offered} now={state.in_force} />}
      <div className="halves">
        <InForce state={state} />
        <Anchors state={state} />
      </div>
      <OfferLists state={state} />
    </>
  );
}

/** `today`, `1 day old`, `20 days old`. */
const age = (days: number): string => (days <= 0 ? "today" : `${days} day${days === 1 ? "" : "s"} old`);

function InForce({ state }: { state: ListsState }) {
  const { in_force: bundle, stale } = state;
  return (
    <Panel title="In force" actions={stale == null ? <Badge tone="good">Current</Badge> : <Badge tone="warn">Old</Badge>}>
      <div className="stack">
        {stale == null ? null : <Notice tone="warn"><strong>These lists do not know what was found out since.</strong> {stale}</Notice>}
        <dl className="facts">
          <dt>Bundle</dt><dd className="tabular">{bundle.version}</dd>
          <dt>Date</dt><dd>{bundle.date} <span className="quiet">({age(state.age_days)})</span></dd>
          <dt>Source</dt><dd>{bundle.source}</dd>
          <dt>Signed by</dt><dd>{bundle.signed_by.length === 0 ? "Nobody: it came with the program" : bundle.signed_by.join(", ")}</dd>
          <dt>SHA-256</dt><dd className="mono">{bundle.digest}</dd>
        </dl>
      </div>
    </Panel>
  );
}

function Anchors({ state }: { state: ListsState }) {
  const threshold = state.threshold ?? null;
  return (
    <Panel title="Whose signatures count">
      <div className="stack">
        {threshold === null ? (
          <Notice tone="warn"><strong>This site trusts no keys yet, so no bundle can come in.</strong> Two people name them on the machine while the recorder is stopped: candour lists anchors.</Notice>
        ) : (
          <>
            <p>A bundle counts if {threshold} of these {state.keys.length} keys signed it.</p>
            <dl className="facts">{state.keys.map((key) => <Key key={key.key} name={key.name} text={key.key} />)}</dl>
            <p className="small quiet">They are changed by two people on the machine, while the recorder is stopped. The change is in the log.</p>
          </>
        )}
      </div>
    </Panel>
  );
}

function Key({ name, text }: { name: string; text: string }) {
  return <><dt>{name}</dt><dd className="mono">{text}</dd></>;
}
