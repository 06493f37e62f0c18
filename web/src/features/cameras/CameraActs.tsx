import { useState } from "react";
import { useNavigate } from "react-router";
import { problemOf } from "../../shared/api/client";
import type { CameraDetail } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Button, Modal, Notice } from "../../shared/ui/parts";
import { knownToNobody } from "./access";
import { useJudgeAgain, useRemoveCamera } from "./api/acts";
import { Asking } from "./Asking";
import { ChangeCamera } from "./ChangeCamera";

type Open = "judge" | "change" | "remove" | null;

/** What an administrator may do with a camera. There is no button that accepts one. */
export function CameraActs({ camera }: { camera: CameraDetail }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => { setOpen(null); };
  return (
    <>
      <Button onPress={() => { setOpen("judge"); }}>Judge again</Button>
      <Button onPress={() => { setOpen("change"); }}>Name and password</Button>
      <Button look="danger" onPress={() => { setOpen("remove"); }}>Remove</Button>
      {open === "judge" ? <JudgeAgain camera={camera} onClose={close} /> : null}
      {open === "change" ? <ChangeCamera camera={camera} onClose={close} /> : null}
      {open === "remove" ? <Remove camera={camera} onClose={close} /> : null}
    </>
  );
}

function JudgeAgain({ camera, onClose }: { camera: CameraDetail; onClose: () => void }) {
  const judge = useJudgeAgain(camera.id);
  return (
    <Modal title={`Judge ${camera.name} again`} onClose={onClose}>
      <div className="stack">
        {judge.isError ? <Notice tone="bad">{inOneBreath(problemOf(judge.error))} The old verdict stands.</Notice> : null}
        <p>The recorder asks the camera again who it is and judges the answers by the lists now in force. While it is asked, recording goes on; it goes on afterwards only if the camera is accepted.</p>
        {judge.isPending ? <Asking address={camera.address} /> : null}
        <div className="form-actions">
          <Button look="main" isPending={judge.isPending} onPress={() => { judge.mutate(undefined, { onSuccess: onClose }); }}>Judge again</Button>
          <Button onPress={onClose}>{judge.isPending ? "Close; it goes on" : "Cancel"}</Button>
        </div>
      </div>
    </Modal>
  );
}

function Remove({ camera, onClose }: { camera: CameraDetail; onClose: () => void }) {
  const navigate = useNavigate();
  const remove = useRemoveCamera(camera.id);
  const lost = knownToNobody(camera.access);
  return (
    <Modal title={`Remove ${camera.name}`} onClose={onClose}>
      <div className="stack">
        {remove.isError ? <Notice tone="bad">{inOneBreath(problemOf(remove.error))}</Notice> : null}
        <p>It leaves the wall and is no longer recorded. Footage there is lives on to its promised end and is then destroyed with a certificate. The removal is written in the log.</p>
        {lost === null ? null : <Notice tone="warn">{lost}</Notice>}
        <div className="form-actions">
          <Button look="danger" isPending={remove.isPending} onPress={() => { remove.mutate(undefined, { onSuccess: () => { void navigate("/cameras"); } }); }}>Remove {camera.name}</Button>
          <Button onPress={onClose}>Keep it</Button>
        </div>
      </div>
    </Modal>
  );
}
