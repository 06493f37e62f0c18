import type { Incident } from "../../shared/api/types";
import { interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Button } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import type { Beginning } from "./ask";

const begin = (incident: Incident): Beginning => ({
  camera: incident.camera, from: wallTicks(incident.from_90k), to: wallTicks(incident.to_90k), incident: incident.id, words: `Incident marked by ${incident.marked.by}: ${incident.marked.words}`,
});

/** What people on watch marked in the last week: held by itself, and ready to be asked for. */
export function Incidents({ incidents, onAsk }: { incidents: Incident[]; onAsk: ((begin: Beginning) => void) | null }) {
  if (incidents.length === 0) return null;
  return (
    <section className="stack-small" aria-label="Incidents">
      <h2>Incidents<span className="quiet small"> {incidents.length}</span></h2>
      {incidents.map((incident) => (
        <article key={incident.id} className="panel grant" aria-label={`Incident at ${incident.camera_name}`}>
          <div className="grant-head"><h3>{incident.camera_name}</h3><span className="small quiet">{requests(incident.requests)}</span></div>
          <p>{incident.marked.words}</p>
          <dl className="facts">
            <dt>Footage</dt><dd className="tabular">{interval(wallTicks(incident.from_90k), wallTicks(incident.to_90k))}</dd>
            <dt>Marked by</dt><dd>{incident.marked.by}, <When at={incident.marked.at_90k} /></dd>
            <dt>Held until</dt><dd><When at={incident.ends_90k} /></dd>
          </dl>
          {onAsk === null ? null : <div className="row"><Button small onPress={() => { onAsk(begin(incident)); }}>Ask for this footage</Button></div>}
        </article>
      ))}
    </section>
  );
}

const requests = (count: number): string => (count === 0 ? "Nobody has asked for it yet" : count === 1 ? "1 request" : `${count} requests`);
