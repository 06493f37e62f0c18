import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useCameras } from "../../shared/api/cameras";
import { useRoles } from "../../shared/api/session";
import type { Camera } from "../../shared/api/types";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button } from "../../shared/ui/parts";
import { AddCamera } from "./AddCamera";
import { CameraCard } from "./CameraCard";
import { filtered, outcomeName, outcomes } from "./verdict";

export function CameraList() {
  const cameras = useCameras();
  const roles = useRoles();
  const [adding, setAdding] = useState(false);
  const manages = roles.includes("administrator");
  return (
    <Page
      title="Cameras"
      lead="Every camera is judged before it may send a picture: accepted, conditional, quarantined or refused, each with its reasons."
      actions={manages ? <Acts onAdd={() => { setAdding(true); }} /> : undefined}
    >
      <Loaded of={cameras} what="cameras" lines={8}>{(all) => <Judged cameras={all} manages={manages} opens={manages || roles.includes("dpo")} />}</Loaded>
      {adding ? <AddCamera onClose={() => { setAdding(false); }} /> : null}
    </Page>
  );
}

function Acts({ onAdd }: { onAdd: () => void }) {
  return (
    <>
      <Link className="button" to="/cameras/find">Find cameras</Link>
      <Button look="main" onPress={onAdd}>Add a camera</Button>
    </>
  );
}

function Judged({ cameras, manages, opens }: { cameras: Camera[]; manages: boolean; opens: boolean }) {
  const [parameters] = useSearchParams();
  const verdict = parameters.get("verdict");
  const { shown, counts } = filtered(cameras, verdict);
  if (cameras.length === 0) {
    return (
      <Face sign="▢" title="No cameras yet">
        {manages ? "Add the first one, or let the recorder find those of a network. You need a user and a password of each camera." : "An administrator adds them here."}
      </Face>
    );
  }
  const current = (of: string | null) => (verdict === of ? { "aria-current": "true" as const } : {});
  return (
    <>
      <nav className="filters" aria-label="Cameras by verdict">
        <Link to="?" className="filter" {...current(null)}>All <span className="tabular">{cameras.length}</span></Link>
        {outcomes.map((outcome) => (
          <Link key={outcome} to={`?verdict=${outcome}`} className="filter" {...current(outcome)}>{outcomeName[outcome]} <span className="tabular">{counts[outcome]}</span></Link>
        ))}
      </nav>
      {shown.length === 0 ? <p className="quiet">No camera has this verdict. <Link to="?">Show all</Link></p> : null}
      <ul className="stack">{shown.map((camera) => <li key={camera.id}><CameraCard camera={camera} opens={opens} /></li>)}</ul>
    </>
  );
}
