import { Link } from "react-router";
import { useSession } from "../../shared/api/session";
import { useSystem } from "../../shared/api/system";
import type { Storage } from "../../shared/api/types";
import { outlook } from "../../shared/storage/outlook";
import { bytes } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import { Loaded } from "../../shared/ui/Loaded";
import { Panel } from "../../shared/ui/parts";

/** Whether the disks can hold what is promised; for whoever may see the machine. */
export function Room() {
  const session = useSession();
  return session.data?.pages.includes("system") === true ? <Forecasts /> : null;
}

function Forecasts() {
  const system = useSystem(30_000);
  return (
    <Panel title="Room for what is promised" actions={<Link className="small" to="/system">The disks on the System page</Link>}>
      <Loaded of={system} what="the forecast" lines={2}>{({ storage }) => <ul className="stack-small">{storage.map((one) => <li key={one.directory}><Forecast storage={one} /></li>)}</ul>}</Loaded>
    </Panel>
  );
}

function Forecast({ storage }: { storage: Storage }) {
  const { words, tone } = outlook(storage, useNow());
  return (
    <p className="room">
      <span className={tone === "good" ? "room-words" : `room-words room-${tone}`}>{tone === "good" ? "" : tone === "bad" ? "✕ " : "△ "}{words}</span>
      <span className="quiet small"><span className="mono">{storage.directory}</span>, {bytes(storage.free_bytes)} free of {bytes(storage.total_bytes)}</span>
    </p>
  );
}
