import "./alarms.css";
import { problemOf } from "../../shared/api/client";
import { useSession } from "../../shared/api/session";
import type { Alarm } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice, Panel } from "../../shared/ui/parts";
import { useNow } from "../../shared/time/useNow";
import { AlarmCard } from "./AlarmCard";
import { useAlarms, useTakeAlarm } from "./api/alarms";
import { mendedAt, ordered } from "./order";

export default function AlarmsPage() {
  const alarms = useAlarms();
  return (
    <Page title="Alarms" lead="What is wrong now, and what was. Taking an alarm says that you are on it; it ends by itself when its cause is gone.">
      <Loaded of={alarms} what="alarms">{(all) => <Alarms alarms={all} />}</Loaded>
    </Page>
  );
}

function Alarms({ alarms }: { alarms: Alarm[] }) {
  const session = useSession().data;
  const take = useTakeAlarm();
  const now = useNow();
  const { standing, settled } = ordered(alarms);
  const pages = session?.pages ?? [];
  const opensCameras = session?.person.roles.some((role) => role === "administrator" || role === "dpo") ?? false;
  const card = (alarm: Alarm) => (
    <li key={alarm.id}>
      <AlarmCard alarm={alarm} now={now} mended={mendedAt(alarm, pages, opensCameras)} taking={take.isPending && take.variables === alarm.id} onTake={() => { take.mutate(alarm.id); }} />
    </li>
  );
  return (
    <>
      {take.isError ? <Notice tone="bad">{inOneBreath(problemOf(take.error))}</Notice> : null}
      {standing.length === 0 ? <section className="panel panel-flush"><Face sign="✓" title="Nothing is wrong.">Cameras, storage, log and deletion do what they should.</Face></section> : <ul className="stack-small" aria-label="Standing alarms">{standing.map(card)}</ul>}
      {settled.length === 0 ? null : (
        <Panel title="Ended" actions={<span className="quiet small tabular">{settled.length}</span>}>
          <ul className="settled">{settled.map(card)}</ul>
        </Panel>
      )}
    </>
  );
}
