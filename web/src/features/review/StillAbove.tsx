import { useEffect, useMemo, useRef, useState } from "react";
import { getStill, type StreamName } from "../../shared/api/looks";
import { clockTime, span as spanWords } from "../../shared/time/format";
import { between, seconds, type WallTicks } from "../../shared/time/units";
import { Watermark } from "../../shared/ui/Watermark";
import { StillAsker, type StillState } from "./stills";

/** Pixels of a still on the page; the screen may have two for each. */
const WIDTH = 256;

interface StillAboveProps {
  look: string;
  camera: string;
  stream: StreamName;
  /** The moment under the pointer or the key, and where it is on the timeline. */
  at: WallTicks;
  x: number;
  /** How wide the timeline is. */
  pixels: number;
  allowed: { from: WallTicks; to: WallTicks };
}

/** The picture of a moment above the timeline, under the look that stands. Where no look reaches, nothing is asked. */
export function StillAbove({ look, camera, stream, at, x, pixels, allowed }: StillAboveProps) {
  const [state, setState] = useState<StillState>({ kind: "none" });
  const asker = useRef<StillAsker | null>(null);
  useEffect(() => {
    const width = WIDTH * Math.min(2, Math.ceil(devicePixelRatio));
    const made = new StillAsker((moment, signal) => getStill(look, camera, stream, moment, width, signal), setState);
    asker.current = made;
    return () => { made.close(); };
  }, [look, camera, stream]);
  const inside = at >= allowed.from && at < allowed.to;
  useEffect(() => { asker.current?.want(inside ? at : null); }, [at, inside, look, camera, stream]);

  const left = Math.max(0, Math.min(pixels - WIDTH, x - WIDTH / 2));
  return (
    <figure className="still" style={{ left }} data-still={inside ? state.kind : "outside"} data-taken={state.kind === "shown" ? state.picture.taken : undefined}>
      <div className="still-picture">{inside ? <Picture state={state} /> : <span>Not under this look</span>}</div>
      <figcaption className="small">{inside ? caption(state, at) : clockTime(at)}</figcaption>
    </figure>
  );
}

function Picture({ state }: { state: StillState }) {
  const file = state.kind === "shown" ? state.picture.file : null;
  const address = useMemo(() => (file === null ? null : URL.createObjectURL(file)), [file]);
  useEffect(() => () => { if (address !== null) URL.revokeObjectURL(address); }, [address]);
  if (state.kind === "refused") return <span>{state.problem.status === 429 ? "One moment" : state.problem.title}</span>;
  if (address === null) return <span>Loading</span>;
  return <><img src={address} alt="" /><Watermark /></>;
}

/** The true time of the picture: key frames may lie seconds apart, and nobody shall take one for the other. */
function caption(state: StillState, at: WallTicks): string {
  if (state.kind !== "shown") return clockTime(at);
  const { taken } = state.picture;
  const before = between(taken, at);
  return before < seconds(0.5) ? clockTime(taken) : `${clockTime(taken)}, ${spanWords(before)} before the pointer`;
}
