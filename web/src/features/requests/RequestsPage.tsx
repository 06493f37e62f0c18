import "./requests.css";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useGrants } from "../../shared/api/grants";
import type { Grant, Grants } from "../../shared/api/types";
import { fromDate, plus, seconds, type WallTicks, wallTicks } from "../../shared/time/units";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Notice } from "../../shared/ui/parts";
import type { Beginning } from "./ask";
import { Ask } from "./Ask";
import { Glass } from "./Glass";
import { GrantCard } from "./GrantCard";
import { Incidents } from "./Incidents";
import { sorted } from "./standings";
import { ViewRequests } from "./ViewRequests";

export default function RequestsPage() {
  const grants = useGrants();
  return (
    <Page title="Requests" lead="Looking at recorded footage takes two people: one who asks, and another who decides. Each grant names cameras, footage and an end.">
      <Loaded of={grants} what="requests" lines={8}>{(found) => <Found found={found} />}</Loaded>
    </Page>
  );
}

const HALF = seconds(900);

/** What the address asks to begin with: a camera and a moment, as the Review page gives them. */
function beginning(parameters: URLSearchParams): Beginning | null {
  const at = Number(parameters.get("at"));
  const camera = parameters.get("camera");
  if (camera === null) return null;
  const middle: WallTicks = Number.isSafeInteger(at) && at > 0 ? wallTicks(at) : fromDate(new Date());
  return { camera, from: plus(middle, seconds(-900)), to: plus(middle, HALF), incident: null, words: "" };
}

function Found({ found }: { found: Grants }) {
  const [parameters, setParameters] = useSearchParams();
  const [asking, setAsking] = useState<Beginning | null>(() => (found.may_ask && parameters.get("act") === "ask" ? beginning(parameters) : null));
  const [breaking, setBreaking] = useState(() => found.may_break_glass && parameters.get("act") === "glass");
  const close = () => { setAsking(null); setBreaking(false); setParameters({}, { replace: true }); };
  const now = fromDate(new Date());
  const { waiting, mine, others } = sorted(found.grants);
  return (
    <>
      <div className="row">
        {found.may_ask ? <Button look="main" onPress={() => { setAsking({ camera: null, from: plus(now, seconds(-3600)), to: now, incident: null, words: "" }); }}>Ask for footage</Button> : null}
        {found.may_break_glass ? <Button look="danger" onPress={() => { setBreaking(true); }}>Break the glass</Button> : null}
      </div>
      {found.glass_words == null ? null : <Notice tone="bad"><strong>You cannot break the glass.</strong> {found.glass_words}</Notice>}
      <ViewRequests />
      <Group title="Waiting for you" grants={waiting} empty={null} />
      <Group title="Yours" grants={mine} empty={found.may_ask ? "You have asked for nothing yet. A request names a case, a purpose, cameras and an interval; an approver decides." : null} />
      <Incidents incidents={found.incidents} onAsk={found.may_ask ? setAsking : null} />
      <Group title={waiting.length + mine.length > 0 ? "Others" : "All requests"} grants={others} empty={found.grants.length === 0 && !found.may_ask ? "Nobody has asked for footage yet. Requests appear here; those you may decide on come first." : null} />
      {asking === null ? null : <Ask begin={asking} permits={found.permits} onClose={close} />}
      {breaking ? <Glass camera={parameters.get("camera")} onClose={close} /> : null}
    </>
  );
}

function Group({ title, grants, empty }: { title: string; grants: Grant[]; empty: string | null }) {
  if (grants.length === 0 && empty === null) return null;
  return (
    <section className="stack-small" aria-label={title}>
      <h2>{title}{grants.length > 0 ? <span className="quiet small"> {grants.length}</span> : null}</h2>
      {grants.length === 0 ? <p className="panel quiet">{empty}</p> : grants.map((grant) => <GrantCard key={grant.id} grant={grant} />)}
    </section>
  );
}
