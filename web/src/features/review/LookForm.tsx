import type { Problem } from "../../shared/api/client";
import { moment } from "../../shared/time/format";
import type { WallTicks } from "../../shared/time/units";
import { Button, Field, Notice } from "../../shared/ui/parts";
import type { Ground } from "./ground";

interface LookFormProps {
  camera: string;
  at: WallTicks;
  ground: Ground;
  reason: string;
  onReason: (reason: string) => void;
  asking: boolean;
  problem: Problem | null;
  onAsk: () => void;
}

const SHORTEST = 5;

/** Before any footage: why. The answer stands in the log for as long as the log does. */
export function LookForm({ camera, at, ground, reason, onReason, asking, problem, onAsk }: LookFormProps) {
  const short = reason.trim().length < SHORTEST;
  return (
    <form
      className="look-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!short && !asking) onAsk();
      }}
    >
      <h1>Why do you need to look at {camera}?</h1>
      <p className="quiet">
        You are about to see footage around <time>{moment(at)}</time>. Your name, this reason, the camera and the interval are written
        in the log first. Choose the moment on the timeline below.
      </p>
      <p className="look-ground">{ground.words}.</p>
      <Field label="Reason" value={reason} onChange={onReason} help="A case reference if there is one. For example: “Case 2026-114, theft of a bicycle from the rack”." error={problem?.field === "reason" ? problem.detail : null} required />
      {problem !== null && problem.field !== "reason" ? <Notice tone="bad"><strong>{problem.title}</strong> {problem.detail}</Notice> : null}
      <div className="form-actions"><Button type="submit" look="main" isDisabled={short || asking}>{asking ? "Writing in the log" : "Look"}</Button></div>
    </form>
  );
}
