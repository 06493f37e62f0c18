import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { AskedView } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { wallTicks } from "../../shared/time/units";
import { Button, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useDecideView, useViewRequests } from "./api/views";

/** Administrators who want to look at a camera in force, to set it up anew: another person decides. Nothing is shown where none waits. */
export function ViewRequests() {
  const asked = useViewRequests();
  if (asked.data === undefined || asked.data.length === 0) return null;
  return (
    <section className="stack-small" aria-label="Looks at cameras to set them up">
      <h2>Looks at cameras to set them up<span className="quiet small"> {asked.data.length}</span></h2>
      {asked.data.map((view) => <OneView key={view.id} view={view} />)}
    </section>
  );
}

function OneView({ view }: { view: AskedView }) {
  const decide = useDecideView(view.id);
  const decides = useRoles().includes("approver") && !view.own;
  return (
    <article className="panel stack-small" aria-label={view.camera_name}>
      {decide.isError ? <Notice tone="bad">{inOneBreath(problemOf(decide.error))}</Notice> : null}
      <p><strong>{view.by}</strong> asks to look at {view.camera_name} for half an hour, to set it up: {view.reason}</p>
      <p className="small quiet">Asked <When at={view.since_90k} />; worth nothing any more <When at={wallTicks(view.until_90k)} />. Nothing of it is recorded beside the camera's own recording. One still may be kept for drawing masks.</p>
      {decides ? (
        <div className="form-actions">
          <Button look="main" isPending={decide.isPending} onPress={() => { decide.mutate(true); }}>Agree</Button>
          <Button look="danger" isPending={decide.isPending} onPress={() => { decide.mutate(false); }}>Refuse</Button>
        </div>
      ) : null}
    </article>
  );
}
