import "./people.css";
import { useState } from "react";
import { useSession } from "../../shared/api/session";
import type { Person } from "../../shared/api/types";
import { roleName } from "../../shared/roles";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Badge, Button } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { AccountEnd } from "./AccountEnd";
import { AddPerson } from "./AddPerson";
import { usePeople } from "./api/people";
import { ChangePerson } from "./ChangePerson";
import { hasEnded, inOrder } from "./person";
import { PersonSignIns } from "./PersonSignIns";
import { ResetFactor } from "./ResetFactor";
import { ResetPassword } from "./ResetPassword";
import { Suspend } from "./Suspend";

type Act = "change" | "password" | "factor" | "sign-ins" | "end" | "suspend";

export default function PeoplePage() {
  const people = usePeople();
  const [adding, setAdding] = useState(false);
  return (
    <Page title="People" lead="Who may sign in, and as what. Each change is written in the log. Accounts are never deleted, only disabled, so that the log can always say who it was." actions={<Button look="main" onPress={() => { setAdding(true); }}>Add a person</Button>}>
      <Loaded of={people} what="people">{(all) => <Everybody people={all} />}</Loaded>
      {adding ? <AddPerson onClose={() => { setAdding(false); }} /> : null}
    </Page>
  );
}

function Everybody({ people }: { people: Person[] }) {
  const me = useSession().data?.person.id;
  const [open, setOpen] = useState<{ act: Act; person: Person } | null>(null);
  const close = () => { setOpen(null); };
  return (
    <section className="panel panel-flush">
      <Scroll label="Accounts">
        <table className="table">
          <thead><tr><th scope="col">Name</th><th scope="col">Roles</th><th scope="col">State</th><th scope="col">Made</th><th scope="col">Change</th></tr></thead>
          <tbody>
            {inOrder(people).map((person) => <Row key={person.id} person={person} own={person.id === me} onOpen={(act) => { setOpen({ act, person }); }} />)}
          </tbody>
        </table>
      </Scroll>
      {open?.act === "change" ? <ChangePerson person={open.person} own={open.person.id === me} onClose={close} /> : null}
      {open?.act === "password" ? <ResetPassword person={open.person} own={open.person.id === me} onClose={close} /> : null}
      {open?.act === "factor" ? <ResetFactor person={open.person} onClose={close} /> : null}
      {open?.act === "sign-ins" ? <PersonSignIns person={open.person} onClose={close} /> : null}
      {open?.act === "end" ? <AccountEnd person={open.person} onClose={close} /> : null}
      {open?.act === "suspend" ? <Suspend person={open.person} onClose={close} /> : null}
    </section>
  );
}

function Row({ person, own, onOpen }: { person: Person; own: boolean; onOpen: (act: Act) => void }) {
  const disabled = person.disabled_90k ?? null;
  const act = (name: Act, words: string) => <Button small aria-label={`${words}: ${person.full_name}`} onPress={() => { onOpen(name); }}>{words}</Button>;
  return (
    <tr>
      <th scope="row">{person.full_name}{own ? " (you)" : ""}<span className="small quiet">{person.sign_in_name}</span></th>
      <td><ul>{person.roles.map((role) => <li key={role} className="no-wrap">{roleName[role]}</li>)}</ul></td>
      <td>{disabled === null && !hasEnded(person) ? <Badge tone="good">May sign in</Badge> : disabled === null ? <Badge tone="plain">Ended</Badge> : <><Badge tone="plain">Disabled</Badge><p className="small quiet">since <When at={disabled} /></p></>}{person.ends_90k == null ? null : <p className="small quiet">{hasEnded(person) ? "ended" : "until"} <When at={person.ends_90k} /></p>}{person.second_factor_90k == null ? <p className="small quiet">No second factor yet</p> : null}</td>
      <td><When at={person.created_90k} form="cell" /></td>
      <td>
        <div className="acts">
          {act("change", "Name and roles")}
          {act("password", "New password")}
          {own || person.second_factor_90k == null ? null : act("factor", "Second factor lost")}
          {act("sign-ins", "Sign-ins")}
          {own ? null : act("end", "End date")}
          {own ? <span className="small quiet">Nobody disables their own account</span> : act("suspend", disabled === null ? "Disable" : "Enable")}
        </div>
      </td>
    </tr>
  );
}
