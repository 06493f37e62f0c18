import type { CameraRetention } from "../../shared/api/types";
import { bytes, count, promised } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import { Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { kept } from "./promise";

/** Promised against actual, camera by camera. */
export function Promises({ cameras }: { cameras: CameraRetention[] }) {
  const now = useNow();
  if (cameras.length === 0) return <Panel title="Promised and actual"><p className="quiet">There is no camera yet. Each appears here with its promise and the age of its oldest footage.</p></Panel>;
  return (
    <section className="panel panel-flush">
      <h2 className="table-title">Promised and actual</h2>
      <Scroll label="Promised and actual">
        <table className="table">
          <thead>
            <tr><th scope="col">Camera</th><th scope="col">Promised</th><th scope="col">Age of the oldest</th><th scope="col">Oldest footage</th><th scope="col" className="number">Size</th><th scope="col" className="number">Segments</th></tr>
          </thead>
          <tbody>
            {cameras.map((camera) => {
              const state = kept(camera, now);
              return (
                <tr key={camera.camera}>
                  <th scope="row">{camera.name}{camera.purpose == null ? null : <span className="small quiet">{camera.purpose} {camera.owner == null ? "" : `(${camera.owner})`}</span>}</th>
                  <td className="no-wrap">{camera.keep_days == null ? <span className="quiet">No purpose</span> : promised(camera.keep_days)}</td>
                  <td>
                    <span className={state.state === "overdue" ? "age age-late" : "age"}>{state.state === "overdue" ? "✕ " : ""}{state.words}</span>
                    {state.share === null ? null : <span className={state.state === "overdue" ? "bar bar-bad age-bar" : "bar age-bar"} aria-hidden="true"><i style={{ width: `${Math.max(1, state.share * 100)}%` }} /></span>}
                  </td>
                  <td>{camera.oldest_90k == null ? <span className="quiet">None</span> : <When at={camera.oldest_90k} form="cell" />}</td>
                  <td className="number no-wrap">{bytes(camera.bytes)}</td>
                  <td className="number">{count(camera.segments)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
