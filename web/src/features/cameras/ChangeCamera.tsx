import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import type { CameraDetail, ChangeCamera as Change } from "../../shared/api/types";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Choice, Field, Modal } from "../../shared/ui/parts";
import { useChangeCamera } from "./api/acts";

/** A new name, or the camera's new user and password: both or neither. */
export function ChangeCamera({ camera, onClose }: { camera: CameraDetail; onClose: () => void }) {
  const change = useChangeCamera(camera.id);
  const [name, setName] = useState(camera.name);
  const [credentials, setCredentials] = useState(false);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (of: string) => ({ id: inputId("change", of), error: errorAt(errors, of) });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const found = faults([["name", textFault(name, 1, 60, "Give the camera a name.")]]);
    setErrors(found);
    if (found.length > 0) return;
    const asked: Change = { ...(name.trim() === camera.name ? {} : { name: name.trim() }), ...(credentials ? { user: user.trim(), password } : {}) };
    if (Object.keys(asked).length === 0) { onClose(); return; }
    change.mutate(asked, { onSuccess: onClose, onError: (error) => { setErrors(fromProblem(problemOf(error), ["name", "user", "password"])); } });
  };

  return (
    <Modal title="Name and password" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="change" errors={errors} title="Nothing was changed" />
        <Field label="Name" {...field("name")} value={name} onChange={setName} required autoFocus />
        <Choice selected={credentials} onChange={setCredentials}>Enter a new user and password of the camera</Choice>
        {credentials ? (
          <div className="pair">
            <Field label="User of the camera" {...field("user")} value={user} onChange={setUser} help="Both are needed; the old ones cannot be read." />
            <Field label="Password of the camera" {...field("password")} value={password} onChange={setPassword} type="password" autoComplete="new-password" help="Recording reconnects with them." />
          </div>
        ) : null}
        <div className="form-actions">
          <Button type="submit" look="main" isPending={change.isPending}>Save</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
