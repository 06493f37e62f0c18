import { Fragment } from "react";
import { Link } from "react-router";
import type { CameraRetention } from "../../shared/api/types";
import { bytes, count, promised } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import type { WallTicks } from "../../shared/time/units";
import { Badge, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { whyAddress } from "./explain";
import { disk, kept } from "./promise";

/** Promised against actual, camera by camera; the oldest footage is looked for on the disk each time. */
export function Promises({ cameras }: { cameras: CameraRetention[] }) {
  const now = useNow();
  if (cameras.length === 0) return <Panel title="Promised and actual"><p className="quiet">There is no camera yet. Each appears here with its promise and the age of its oldest footage.</p></Panel>;
  return (
    <section className="panel panel-flush" aria-label="Promised and actual">
      <h2 className="table-title">Promised and actual</h2>
      <Scroll label="Promised and actual">
        <table className="table">
          <thead>
            <tr><th scope="col">Camera</th><th scope="col">Promised now</th><th scope="col">Age of the oldest</th><th scope="col">Oldest footage</th><th scope="col" className="number">Size</th><th scope="col" className="number">Segments</th></tr>
          </thead>
          <tbody>{cameras.map((camera) => <Row key={camera.camera} camera={camera} now={now} />)}</tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Row({ camera, now }: { camera: CameraRetention; now: WallTicks }) {
  const { state, words, share } = kept(camera, now);
  const late = state === "overdue";
  return (
    <tr>
      <th scope="row">{camera.name}{camera.purpose == null ? null : <span className="small quiet">{camera.purpose} {camera.owner == null ? "" : `(${camera.owner})`}</span>}</th>
      <td>
        {camera.keep_days == null ? <span className="quiet">No purpose</span> : <span className="no-wrap">{promised(camera.keep_days)}</span>}
        {camera.rule == null ? null : <span className="promise-rule mono quiet">{camera.rule.split(/(?<=\.)/).map((part, at) => <Fragment key={at}>{part}<wbr /></Fragment>)}</span>}
      </td>
      <td>
        <span className={late ? "age age-late" : "age"}>{late ? "✕ " : ""}{words}</span>
        {share === null ? null : <span className={late ? "bar bar-bad age-bar" : "bar age-bar"} aria-hidden="true"><i style={{ width: `${Math.max(1, share * 100)}%` }} /></span>}
      </td>
      <td><Oldest camera={camera} /></td>
      <td className="number no-wrap">{bytes(camera.bytes)}</td>
      <td className="number">{count(camera.segments)}</td>
    </tr>
  );
}

/** When it began, what the disk says of it, and the way to why it ends when it does. */
function Oldest({ camera }: { camera: CameraRetention }) {
  const oldest = camera.oldest ?? null;
  if (camera.oldest_90k == null) return <span className="quiet">None</span>;
  if (oldest === null) return <><When at={camera.oldest_90k} form="cell" /><p className="small quiet">Still being written</p></>;
  const { words, tone } = disk(oldest.on_disk);
  return (
    <div className="oldest">
      <When at={oldest.start_90k} form="cell" />
      <Badge tone={tone}>{words}</Badge>
      {oldest.on_disk === "fits" ? null : <p className="small failing">{oldest.words}</p>}
      <Link className="small" to={whyAddress(camera.camera, oldest.start_90k)} aria-label={`Why it ends when it does: the oldest footage of ${camera.name}`}>Why it ends when it does</Link>
    </div>
  );
}
