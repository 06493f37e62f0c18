import { useId, useState } from "react";
import type { Corner } from "../../shared/picture/corners";
import { Button, Field } from "../../shared/ui/parts";
import { another, between, ofSides, type Part, type Sides, sidesOf } from "./parts";
import { ZonePicture } from "./ScoreChart";

interface PartsEditorProps {
  parts: Part[] | null;
  onParts: (parts: Part[] | null) => void;
  /** Those of the policy in force, once a trial has told them. */
  inForce: Part[] | null;
  picture: string | null;
  moved: readonly number[][];
  fault: string | null;
  id: string;
}

/** Where motion counts: drawn on the picture, or typed. */
export function PartsEditor({ parts, onParts, inForce, picture, moved, fault, id }: PartsEditorProps) {
  const [drawing, setDrawing] = useState<number | null>(null);
  const shown = parts ?? inForce ?? [];
  const change = (key: number, to: Partial<Part>) => { onParts(shown.map((part) => (part.key === key ? { ...part, ...to } : part))); };
  const draw = (one: Corner, other: Corner) => {
    const corners = between(one, other);
    if (drawing !== null && corners !== null) change(drawing, { corners });
  };
  return (
    <fieldset className="zones" id={id} tabIndex={-1}>
      <legend className="field-label">Where motion counts</legend>
      {fault === null ? null : <p className="field-error">{fault}</p>}
      <p className="small quiet">{parts === null ? "As the policy in force says. Add a part to try others." : parts.length === 0 ? "In all of the picture." : "As drawn here. Where no part says that motion counts, it counts everywhere outside of those where it does not."}</p>
      {picture === null && shown.length === 0 ? null : <ZonePicture picture={picture} parts={shown} moved={moved} drawing={drawing} onDraw={draw} />}
      {parts === null ? null : parts.map((part) => (
        <PartFields
          key={part.key} part={part} drawing={drawing === part.key}
          onChange={(to) => { change(part.key, to); }}
          onDrawing={(on) => { setDrawing(on ? part.key : null); }}
          onRemove={() => { setDrawing(null); onParts(parts.filter((one) => one.key !== part.key)); }}
        />
      ))}
      <div className="row">
        <Button small onPress={() => { onParts(another(shown)); }}>Add a part</Button>
        {parts === null ? (shown.length === 0 ? null : <Button small onPress={() => { onParts(shown); }}>Change these</Button>) : <Button small look="quiet" onPress={() => { setDrawing(null); onParts(null); }}>As in force again</Button>}
      </div>
    </fieldset>
  );
}

const sideNames = ["Left", "Top", "Right", "Bottom"] as const;

function PartFields({ part, drawing, onChange, onDrawing, onRemove }: { part: Part; drawing: boolean; onChange: (to: Partial<Part>) => void; onDrawing: (on: boolean) => void; onRemove: () => void }) {
  const id = useId();
  const sides = sidesOf(part.corners);
  const side = (place: number, typed: string) => {
    if (sides === null) return;
    const next: number[] = sides.map((value, at) => (at === place ? Math.min(100, Math.max(0, Number(typed))) / 100 : value));
    const [left = 0, top = 0, right = 1, bottom = 1] = next;
    const changed: Sides = [left, top, right, bottom];
    onChange({ corners: ofSides(changed) });
  };
  return (
    <div className="zone" role="group" aria-label={part.name}>
      <Field label="Name" value={part.name} onChange={(name) => { onChange({ name }); }} required />
      <Field label="Why" value={part.reason} onChange={(reason) => { onChange({ reason }); }} required />
      <div className="field">
        <label className="field-label" htmlFor={`${id}-counts`}>Motion there</label>
        <select className="input" id={`${id}-counts`} value={part.counts ? "yes" : "no"} onChange={(event) => { onChange({ counts: event.target.value === "yes" }); }}>
          <option value="no">does not count</option>
          <option value="yes">counts</option>
        </select>
      </div>
      {sides === null ? <p className="small quiet">{part.corners.length} corners, as the policy has them. Draw to replace them by a rectangle.</p> : (
        <div className="row" role="group" aria-label="Sides, in hundredths of the picture">
          {sideNames.map((name, place) => (
            <label key={name} className="row small"><span className="quiet">{name}</span>
              <input className="input zone-side" type="number" min={0} max={100} value={Math.round((sides[place] ?? 0) * 100)} onChange={(event) => { side(place, event.target.value); }} />
            </label>
          ))}
        </div>
      )}
      <div className="row">
        <Button small look={drawing ? "main" : "plain"} aria-pressed={drawing} onPress={() => { onDrawing(!drawing); }}>{drawing ? "Done drawing" : "Draw"}</Button>
        <Button small look="quiet" onPress={onRemove} aria-label={`Remove ${part.name}`}>Remove</Button>
      </div>
    </div>
  );
}
