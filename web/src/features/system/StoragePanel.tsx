import type { Storage } from "../../shared/api/types";
import { bytes } from "../../shared/time/format";
import { Badge, Notice, Panel } from "../../shared/ui/parts";
import { durable, lasts, used } from "./words";

/** One storage directory: room, rate, and what is not yet safe. */
export function StoragePanel({ storage }: { storage: Storage }) {
  const left = lasts(storage);
  const share = used(storage);
  const bar = share > 0.97 ? "bar bar-bad" : share > 0.9 ? "bar bar-warn" : "bar";
  return (
    <Panel title="Storage" actions={storage.failing == null ? <Badge tone="good">Works</Badge> : <Badge tone="bad">Fails</Badge>}>
      <div className="stack">
        {storage.failing == null ? null : <Notice tone="bad"><strong>Footage cannot be written.</strong> {storage.failing}</Notice>}
        <div>
          <p className="spread row"><span className="mono">{storage.directory}</span><span className="tabular">{bytes(storage.free_bytes)} free of {bytes(storage.total_bytes)}</span></p>
          <div className={bar} aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></div>
        </div>
        <dl className="figures">
          <div><dt>Free</dt><dd>{bytes(storage.free_bytes)}</dd></div>
          <div><dt>Written in the last minute</dt><dd>{bytes(storage.written_last_minute_bytes)}</dd></div>
          <div><dt>Room left</dt><dd className={left.tone === "good" ? undefined : `tone-${left.tone}`}>{left.tone === "good" ? "" : left.tone === "bad" ? "✕ " : "△ "}{left.words}</dd></div>
          <div><dt>Not yet durable, worst of the last minute</dt><dd>{storage.durable_bound_ms} ms</dd></div>
        </dl>
        <p className="small quiet">{durable(storage.durable_bound_ms)}. Deletion by promise makes room all the time, so the disk lasts at least as long as said.</p>
      </div>
    </Panel>
  );
}
