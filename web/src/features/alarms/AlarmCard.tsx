import { Link } from "react-router";
import type { Alarm } from "../../shared/api/types";
import { span } from "../../shared/time/format";
import { between, type WallTicks, wallTicks } from "../../shared/time/units";
import { Badge, Button } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";

interface AlarmCardProps {
  alarm: Alarm;
  now: WallTicks;
  mended: { to: string; label: string } | null;
  taking: boolean;
  onTake: () => void;
}

/** What happened, since when, who is on it, and where it is mended. */
export function AlarmCard({ alarm, now, mended, taking, onTake }: AlarmCardProps) {
  const red = alarm.severity === "red";
  const ended = alarm.cleared_90k ?? null;
  const length = span(between(wallTicks(alarm.raised_90k), ended === null ? now : wallTicks(ended)));
  return (
    <article className={ended === null ? `panel alarm alarm-${alarm.severity}` : "alarm alarm-ended"}>
      <div className="alarm-sign">{ended === null ? <Badge tone={red ? "bad" : "warn"}>{red ? "Urgent" : "Needs a person"}</Badge> : <Badge tone="plain">{red ? "Was urgent" : "Ended"}</Badge>}</div>
      <div className="alarm-main">
        <p className="alarm-words">{alarm.words}</p>
        <p className="small quiet">
          {alarm.camera_name == null ? null : <>{alarm.camera_name} · </>}
          {ended === null ? <>Since <When at={alarm.raised_90k} /> ({length})</> : <><When at={alarm.raised_90k} /> to <When at={ended} /> ({length})</>}
          {alarm.acknowledged_by == null ? null : <> · Taken by {alarm.acknowledged_by}{alarm.acknowledged_90k == null ? null : <> at <When at={alarm.acknowledged_90k} form="short" /></>}</>}
        </p>
      </div>
      {ended === null ? (
        <div className="alarm-acts">
          {alarm.acknowledged_by == null ? <Button small look="main" isPending={taking} onPress={onTake}>Take it</Button> : null}
          {mended === null ? null : <Link className="button button-small" to={mended.to}>{mended.label}</Link>}
        </div>
      ) : null}
    </article>
  );
}
