import { useState } from "react";
import { Link } from "react-router";
import { useSession } from "../../shared/api/session";
import type { Hold, Holds as HoldsFound } from "../../shared/api/types";
import { bytes, count, interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { useNow } from "../../shared/time/useNow";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Loaded } from "../../shared/ui/Loaded";
import { Badge, Button } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { useHolds } from "./api/holds";
import { ExtendHold } from "./ExtendHold";
import { actWords, classWords, left } from "./hold";
import { LiftHold } from "./LiftHold";
import { PlaceHold } from "./PlaceHold";

type Open = { act: "extend" | "lift"; hold: Hold } | { act: "place" };

/** Holds: which footage is kept past its end, why, until when. */
export function Holds() {
  const holds = useHolds();
  const roles = useSession().data?.person.roles ?? [];
  const manages = (["investigator", "administrator", "owner"] as const).some((role) => roles.includes(role));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => { setOpen(null); };
  return (
    <section className="panel panel-flush" aria-label="Holds">
      <div className="panel-head">
        <h2>Holds</h2>
        {manages ? <Button onPress={() => { setOpen({ act: "place" }); }}>Place a hold</Button> : null}
      </div>
      <p className="quiet holds-lead">A hold keeps footage past the end that was promised, for a reason and until a day. It ends by itself; nothing else makes footage live longer.{manages ? "" : " Investigators, administrators and the system owner place and lift holds."}</p>
      <Loaded of={holds} what="holds" lines={3}>{(found) => <Found holds={found} manages={manages} onOpen={setOpen} />}</Loaded>
      {open?.act === "place" ? <PlaceHold onClose={close} /> : null}
      {open?.act === "extend" ? <ExtendHold hold={open.hold} onClose={close} /> : null}
      {open?.act === "lift" ? <LiftHold hold={open.hold} onClose={close} /> : null}
    </section>
  );
}

function Found({ holds, manages, onOpen }: { holds: HoldsFound; manages: boolean; onOpen: (open: Open) => void }) {
  return (
    <>
      {holds.standing.length === 0 ? <p className="holds-lead">Nothing is on hold.</p> : <Table holds={holds.standing} label="Holds that stand" manages={manages} onOpen={onOpen} />}
      {holds.ended.length === 0 ? null : (
        <div className="holds-ended"><Disclosure title={`${count(holds.ended.length)} ended`}><Table holds={holds.ended} label="Holds that ended" manages={false} onOpen={onOpen} /></Disclosure></div>
      )}
    </>
  );
}

function Table({ holds, label, manages, onOpen }: { holds: Hold[]; label: string; manages: boolean; onOpen: (open: Open) => void }) {
  return (
    <Scroll label={label}>
      <table className="table">
        <thead><tr><th scope="col">Footage</th><th scope="col">Why</th><th scope="col">Owner</th><th scope="col">Ends</th>{manages ? <th scope="col">Change</th> : null}</tr></thead>
        <tbody>{holds.map((hold) => <Row key={hold.id} hold={hold} manages={manages} onOpen={onOpen} />)}</tbody>
      </table>
    </Scroll>
  );
}

function Row({ hold, manages, onOpen }: { hold: Hold; manages: boolean; onOpen: (open: Open) => void }) {
  const rest = left(hold, useNow());
  const ended = hold.ended_90k ?? null;
  const of = `${hold.camera_name}, ${hold.reason}`;
  return (
    <tr>
      <th scope="row">
        {hold.camera_name}
        <span className="small quiet tabular">{interval(wallTicks(hold.from_90k), wallTicks(hold.to_90k))}</span>
        {hold.segments == null ? null : <span className="small quiet">{hold.segments === 0 ? "No footage of it is left" : `${count(hold.segments)} ${hold.segments === 1 ? "segment" : "segments"}, ${bytes(hold.bytes ?? 0)}`}</span>}
      </th>
      <td className="rule"><Badge tone="plain">{classWords(hold.class)}</Badge> {hold.reason}<Acts hold={hold} /></td>
      <td>{hold.owner}</td>
      <td>
        {ended === null ? <><Badge tone={rest.tone}>{rest.words}</Badge><p><When at={hold.ends_90k} form="cell" /></p></> : <><Badge tone="plain">{hold.outcome === "lifted" ? "Lifted" : "Came to its end"}</Badge><p><When at={ended} form="cell" /></p></>}
      </td>
      {manages ? (
        <td>
          <div className="acts">
            <Button small aria-label={`Extend the hold: ${of}`} onPress={() => { onOpen({ act: "extend", hold }); }}>Extend</Button>
            <Button small aria-label={`Lift the hold: ${of}`} onPress={() => { onOpen({ act: "lift", hold }); }}>Lift</Button>
          </div>
        </td>
      ) : null}
    </tr>
  );
}

/** Everything that was done to it. */
function Acts({ hold }: { hold: Hold }) {
  const readsLog = useSession().data?.pages.includes("log") ?? false;
  return (
    <Disclosure title={`Placed by ${hold.placed_by}`}>
      <ol className="hold-acts">
        {hold.acts.map((act, at) => (
          <li key={at}>
            <strong>{actWords(act.act)}</strong> by {act.by}, <When at={act.at_90k} />{act.reason === "" ? "" : `: ${act.reason}`}{" "}
            <span className="small quiet">{act.entry == null ? "Not in the log yet" : readsLog ? <Link to={`/log?entry=${act.entry}`}>Log entry {act.entry}</Link> : `Log entry ${act.entry}`}</span>
          </li>
        ))}
      </ol>
    </Disclosure>
  );
}
