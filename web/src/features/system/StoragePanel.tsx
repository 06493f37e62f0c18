import type { Storage } from "../../shared/api/types";
import { bytes } from "../../shared/time/format";
import { Badge, Notice, Panel } from "../../shared/ui/parts";
import { useNow } from "../../shared/time/useNow";
import { outlook } from "../../shared/storage/outlook";
import { durable, standing, used } from "./words";

/** One storage directory: room, forecast, and what is not yet safe. */
export function StoragePanel({ storage }: { storage: Storage }) {
  const left = outlook(storage, useNow());
  const stands = standing(storage);
  const share = used(storage);
  const bar = share > 0.97 ? "bar bar-bad" : share > 0.9 ? "bar bar-warn" : "bar";
  return (
    <Panel title="Storage" actions={<Badge tone={stands.tone}>{stands.words}</Badge>}>
      <div className="stack">
        {storage.failing == null ? null : <Notice tone="bad"><strong>{storage.state === "unavailable" ? "Footage that lies here is out of reach, not lost." : "Footage cannot be written here."}</strong> {storage.failing}</Notice>}
        <div>
          <p className="spread row"><span className="mono">{storage.directory}</span><span className="tabular">{bytes(storage.free_bytes)} free of {bytes(storage.total_bytes)}</span></p>
          <div className={bar} aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></div>
        </div>
        <dl className="figures">
          <div><dt>Free</dt><dd>{bytes(storage.free_bytes)}</dd></div>
          <div><dt>Streams written here</dt><dd>{storage.streams}</dd></div>
          <div><dt>Written in the last minute</dt><dd>{bytes(storage.written_last_minute_bytes)}</dd></div>
          <div><dt>Forecast</dt><dd className={left.tone === "good" ? undefined : `tone-${left.tone}`}>{left.tone === "good" ? "" : left.tone === "bad" ? "✕ " : "△ "}{left.words}</dd></div>
          <div><dt>Not yet durable, worst of the last minute</dt><dd>{storage.durable_bound_ms} ms</dd></div>
        </dl>
        <p className="small quiet">{durable(storage.durable_bound_ms)}. {bytes(storage.reserve_bytes)} are kept free; the forecast counts what is written at the rate of the last day and what leaves as promised.</p>
      </div>
    </Panel>
  );
}
