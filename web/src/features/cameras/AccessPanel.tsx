import { useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { CameraDetail } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Fingerprint } from "../../shared/ui/Fingerprint";
import { Badge, Button, Modal, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { inBytes, passwordName, whyNotOffered } from "./access";
import { useSetPassword } from "./api/acts";
import { Asking } from "./Asking";

/** How the recorder asks the camera, and whose password it has. */
export function AccessPanel({ camera }: { camera: CameraDetail }) {
  const { access } = camera;
  const [open, setOpen] = useState(false);
  const manages = useRoles().includes("administrator");
  const why = whyNotOffered(camera);
  return (
    <Panel title="Connection and password">
      <dl className="facts">
        <dt>Connection</dt>
        <dd>{access.tls_key == null ? <Badge tone="warn">In clear (HTTP)</Badge> : <Badge tone="good">Encrypted (TLS)</Badge>}</dd>
        {access.tls_key == null ? null : <><dt>Key of the camera</dt><dd><Fingerprint of={inBytes(access.tls_key)} /></dd></>}
        <dt>Password</dt>
        <dd>{passwordName[access.password]}{access.password === "recorder" && access.password_set_90k != null ? <>, <When at={access.password_set_90k} /></> : null}</dd>
      </dl>
      {manages ? (
        why === null ? <div className="form-actions"><Button onPress={() => { setOpen(true); }}>Give it a password nobody knows</Button></div> : <p className="small quiet">{why}</p>
      ) : null}
      {open ? <SetPassword camera={camera} onClose={() => { setOpen(false); }} /> : null}
    </Panel>
  );
}

function SetPassword({ camera, onClose }: { camera: CameraDetail; onClose: () => void }) {
  const set = useSetPassword(camera.id);
  return (
    <Modal title={`A new password for ${camera.name}`} onClose={onClose}>
      <div className="stack">
        {set.isError ? <Notice tone="bad">{inOneBreath(problemOf(set.error))}</Notice> : null}
        <p>The recorder makes a random password, gives it to the camera over the encrypted connection and logs in with it before it forgets the one before. Nobody sees it. Pictures stop for some seconds while the recorder logs in anew.</p>
        <p>The password is known to this recorder only. Whoever wants to log in to the camera afterwards, or to remove it here, first sets a password at the camera itself and types it in here; without this recorder the camera must be reset to factory settings.</p>
        {set.isPending ? <Asking address={camera.address} /> : null}
        <div className="form-actions">
          <Button look="main" isPending={set.isPending} onPress={() => { set.mutate(undefined, { onSuccess: onClose }); }}>Set it</Button>
          <Button onPress={onClose}>{set.isPending ? "Close; it goes on" : "Cancel"}</Button>
        </div>
      </div>
    </Modal>
  );
}
