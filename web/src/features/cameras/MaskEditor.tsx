import { useCallback, useRef, useState } from "react";
import { Link } from "react-router";
import type { CameraDetail, Commissioning } from "../../shared/api/types";
import { pointedAt } from "../../shared/picture/corners";
import { Button, Field, Notice } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { getStill } from "./api/commissioning";
import { type Corner, corner, type Mask, maskFault, MOST_MASKS, moved, paragraph, rectangle, typedCorners, written } from "./masks";
import { Outlines } from "./Outlines";
import { SetUpPicture } from "./SetUpPicture";
import { usePicture } from "./usePicture";

const EMPTY: Mask = { name: "", reason: "", corners: [] };
/** How far an arrow key moves a corner; with Shift ten times as far. */
const STEP = 0.005;
const ARROWS: Record<string, Corner> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Draws masks on the still that is kept, beginning with those in force. What comes of it is text for the next version of the policy; nothing is changed here. */
export function MaskEditor({ camera, state }: { camera: CameraDetail; state: Commissioning }) {
  const ask = useCallback((signal: AbortSignal) => getStill(camera.id, signal), [camera.id]);
  const picture = usePicture(ask, null);
  const [masks, setMasks] = useState<readonly Mask[]>(() => state.masks.map((mask) => ({ ...mask, corners: mask.corners.map(([x, y]) => corner((x ?? 0) / 10_000, (y ?? 0) / 10_000)) })));
  const [chosen, setChosen] = useState<number | null>(masks.length === 0 ? null : 0);
  const change = (mask: Mask) => { setMasks(masks.map((other, index) => (index === chosen ? mask : other))); };
  const current = chosen === null ? undefined : masks[chosen];
  return (
    <section className="stack" aria-label={`Masks of ${camera.name}`}>
      <SetUpPicture state={picture} name={camera.name}>
        <Outlines masks={masks} chosen={chosen} />
        {current === undefined ? null : <Drawing corners={current.corners} onCorners={(corners) => { change({ ...current, corners }); }} />}
      </SetUpPicture>
      <div className="row" role="group" aria-label="Masks">
        {masks.map((mask, index) => <Button key={index} small look={index === chosen ? "main" : "plain"} aria-pressed={index === chosen} onPress={() => { setChosen(index); }}>{mask.name.trim() === "" ? `Mask ${index + 1}` : mask.name}</Button>)}
        {masks.length >= MOST_MASKS ? null : <Button small onPress={() => { setMasks([...masks, EMPTY]); setChosen(masks.length); }}>Add a mask</Button>}
      </div>
      {current === undefined || chosen === null ? <p className="quiet">No mask is drawn. Add one, then drag over the picture, or click its corners one after the other.</p> : (
        <OneMask key={chosen} mask={current} fault={maskFault(current, masks.filter((_, index) => index !== chosen))} onMask={change} onRemove={() => { setMasks(masks.filter((_, index) => index !== chosen)); setChosen(masks.length > 1 ? 0 : null); }} />
      )}
      <Text camera={camera} masks={masks} named={state.named} />
    </section>
  );
}

/** Lies over the picture: a drag draws a rectangle, clicks add corners, arrow keys move the corner that was added last. */
function Drawing({ corners, onCorners }: { corners: readonly Corner[]; onCorners: (corners: Corner[]) => void }) {
  const from = useRef<{ at: Corner; before: readonly Corner[]; drags: boolean } | null>(null);
  const here = (event: React.PointerEvent<HTMLDivElement>): Corner => corner(...pointedAt(event));
  const drag = (event: React.PointerEvent<HTMLDivElement>) => {
    if (from.current === null) return;
    const at = here(event);
    if (Math.abs(at[0] - from.current.at[0]) > 0.01 && Math.abs(at[1] - from.current.at[1]) > 0.01) from.current.drags = true;
    if (from.current.drags) onCorners(rectangle(from.current.at, at));
  };
  return (
    <div
      className="setup-draw"
      aria-hidden="true"
      onPointerDown={(event) => {
        from.current = { at: here(event), before: corners, drags: false };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
      onPointerUp={(event) => {
        drag(event);
        if (from.current !== null && !from.current.drags) onCorners([...from.current.before, from.current.at]);
        from.current = null;
      }}
      onPointerCancel={() => { from.current = null; }}
    />
  );
}

interface OneMaskProps {
  mask: Mask;
  fault: string | null;
  onMask: (mask: Mask) => void;
  onRemove: () => void;
}

/** Name, reason and corners of one mask, all of it without a pointer too. */
function OneMask({ mask, fault, onMask, onRemove }: OneMaskProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const unread = typed !== null && typedCorners(typed) === null;
  const take = (text: string) => {
    setTyped(text);
    const corners = typedCorners(text);
    if (corners !== null) onMask({ ...mask, corners });
  };
  return (
    <div className="stack-small">
      <Field label="What lies there" value={mask.name} onChange={(name) => { onMask({ ...mask, name }); }} />
      <Field label="Why the camera may not see it" value={mask.reason} onChange={(reason) => { onMask({ ...mask, reason }); }} />
      <Field label="Corners" value={typed ?? written(mask.corners)} onChange={take} error={unread ? "Write each corner as two numbers from 0 to 1, with a comma after each corner." : null} help="From the left and from the top, 0 to 1, in order around the area. Or draw on the picture." />
      <Corners corners={mask.corners} onCorners={(corners) => { setTyped(null); onMask({ ...mask, corners }); }} />
      {fault === null ? null : <p className="small amber" role="status">△ {fault}</p>}
      <div className="form-actions">
        <Button small onPress={() => { setTyped(null); onMask({ ...mask, corners: [] }); }}>Draw it anew</Button>
        <Button small look="danger" onPress={onRemove}>Take this mask away</Button>
      </div>
    </div>
  );
}

/** A button for each corner: arrow keys move it, Delete takes it away. */
function Corners({ corners, onCorners }: { corners: readonly Corner[]; onCorners: (corners: Corner[]) => void }) {
  if (corners.length === 0) return null;
  const press = (event: React.KeyboardEvent, index: number) => {
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      event.preventDefault();
      const step = event.shiftKey ? STEP * 10 : STEP;
      onCorners(moved(corners, index, arrow[0] * step, arrow[1] * step));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      onCorners(corners.filter((_, place) => place !== index));
    }
  };
  return (
    <div className="row" role="group" aria-label="Corners: arrow keys move one, Delete takes it away">
      {corners.map(([x, y], index) => <button key={index} type="button" className="button button-small" aria-label={`Corner ${index + 1}: ${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top`} onKeyDown={(event) => { press(event, index); }}>{index + 1}</button>)}
    </div>
  );
}

/** The text that goes into the policy file. */
function Text({ camera, masks, named }: { camera: CameraDetail; masks: readonly Mask[]; named: boolean }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  if (masks.length === 0) return null;
  if (masks.some((mask, index) => maskFault(mask, masks.filter((_, other) => other !== index)) !== null)) return <p className="quiet">The text for the policy appears here once every mask is complete.</p>;
  const text = paragraph(camera.name, masks);
  const copy = () => { void navigator.clipboard.writeText(text).then(() => { setCopied(true); }, () => { setCopied(false); }); };
  return (
    <div className="stack-small">
      <h3>For the next version of the policy</h3>
      <p className="small">{named ? "Put this in place of the camera's masks." : "The policy in force does not name this camera yet: write its paragraph first, and put this under it."} Nothing changes before a version with it is in force; then the camera hides these areas before a picture leaves it.</p>
      <Scroll label="Masks as the policy file has them"><pre className="setup-text"><code>{text}</code></pre></Scroll>
      <div className="form-actions">
        <Button onPress={copy}>{copied === true ? "Copied" : "Copy"}</Button>
        <Link className="button" to="/policy/write">Propose a version</Link>
      </div>
      {copied === false ? <Notice tone="warn">This browser does not let the page copy. Mark the text and copy it by hand.</Notice> : null}
    </div>
  );
}
