import { type SubmitEvent, useState } from "react";
import { useNavigate } from "react-router";
import { problemOf } from "../../shared/api/client";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { addFields, type AddForm, checkAdd, emptyAdd, toAdd } from "./add";
import { useAddCamera } from "./api/acts";
import { Asking } from "./Asking";

/** Found, judged and added in one act; a wrong address or password adds nothing. */
export function AddCamera({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const add = useAddCamera();
  const [form, setForm] = useState<AddForm>(emptyAdd);
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (name: string) => ({ id: inputId("add", name), error: errorAt(errors, name) });
  const change = (over: Partial<AddForm>) => { setForm({ ...form, ...over }); };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (add.isPending) return;
    const found = checkAdd(form);
    setErrors(found);
    if (found.length > 0) return;
    add.mutate(toAdd(form), {
      onSuccess: (camera) => { void navigate(`/cameras/${camera.id}`); },
      onError: (error) => { setErrors(fromProblem(problemOf(error), addFields)); },
    });
  };

  return (
    <Modal title="Add a camera" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <p className="quiet">The recorder asks the device who it is and judges the answers. Only an accepted camera gets a stream. A wrong address or password adds nothing.</p>
        <ErrorSummary form="add" errors={errors} title="The camera was not added" />
        <Field label="Name" {...field("name")} value={form.name} onChange={(name) => { change({ name }); }} required autoFocus help="As it shall stand on the wall: North entrance." />
        <div className="pair">
          <Field label="IP address" {...field("address")} value={form.address} onChange={(address) => { change({ address }); }} required help="Like 10.0.20.31. Names are not used." />
          <Field label="ONVIF port" {...field("onvif_port")} value={form.port} onChange={(port) => { change({ port }); }} inputMode="numeric" short help="Mostly 80." />
        </div>
        <div className="pair">
          <Field label="User of the camera" {...field("user")} value={form.user} onChange={(user) => { change({ user }); }} help="Best an account of its own." />
          <Field label="Password of the camera" {...field("password")} value={form.password} onChange={(password) => { change({ password }); }} type="password" autoComplete="new-password" help="Sealed at once, never shown." />
        </div>
        <p className="quiet small">What it may record, when and how long, says the policy in force. A camera that the policy does not name records nothing.</p>
        {add.isPending ? <Asking address={form.address.trim()} /> : null}
        <div className="form-actions">
          <Button type="submit" look="main" isPending={add.isPending}>{add.isPending ? "Asking the camera" : "Ask and add"}</Button>
          <Button onPress={onClose}>{add.isPending ? "Close; it goes on" : "Cancel"}</Button>
        </div>
      </form>
    </Modal>
  );
}
