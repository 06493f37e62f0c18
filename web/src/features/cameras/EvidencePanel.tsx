import type { CameraDetail, Evidence } from "../../shared/api/types";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { byLayer } from "./verdict";

/** What the verdict rests on, in layers that are independent of each other, each answer as it was received. */
export function EvidencePanel({ camera }: { camera: CameraDetail }) {
  const all = byLayer(camera.evidence);
  const silent = all.filter((layer) => layer.items.length === 0).map((layer) => `${layer.layer} ${layer.name}`);
  return (
    <Panel title="Evidence">
      <div className="stack">
        <p className="quiet">Everything the verdict rests on, by layer. Two layers that agree mean more than two answers of one device.</p>
        {all.filter((layer) => layer.items.length > 0).map(({ layer, name, items }) => (
          <section key={layer} aria-label={`${layer} ${name}`}>
            <h3 className="layer-head"><span className="layer">{layer === "" ? "–" : layer}</span> {name} <span className="quiet small tabular">{items.length}</span></h3>
            <ul>{items.map((item, at) => <li key={`${item.kind} ${at}`} className="evidence"><Item item={item} /></li>)}</ul>
          </section>
        ))}
        {silent.length === 0 ? null : <p className="quiet small">Nothing was taken from: {silent.join(", ")}.</p>}
      </div>
    </Panel>
  );
}

function Item({ item }: { item: Evidence }) {
  return (
    <>
      <span className="quiet">{item.kind}</span>
      <span className="evidence-value">{item.value === "" ? <span className="quiet">nothing</span> : item.value}</span>
      <div className="evidence-raw">
        <Disclosure title="Raw answer">
          <p className="small quiet">Taken <When at={item.taken_90k} /></p>
          {item.raw === "" ? <p className="quiet small">It is kept in short form only.</p> : <Scroll label={`Raw answer: ${item.kind}`} className="raw"><pre>{item.raw}</pre></Scroll>}
        </Disclosure>
      </div>
    </>
  );
}
