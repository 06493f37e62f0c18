import { type SubmitEvent, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import type { CameraDetail, FoundDevice } from "../../shared/api/types";
import { errorAt, type FormError, inOneBreath, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Badge, Button, Choice, Field, Panel } from "../../shared/ui/parts";
import { useAddCamera } from "./api/acts";
import { useSearchAgain } from "./api/search";
import { addable, type Credentials, nameFaults, nameFor, toAdd } from "./find";
import { Reasons } from "./Reasons";
import { outcomeName, outcomeTone } from "./verdict";

/** What became of a device that was to be added. */
type Outcome = { state: "asking" } | { state: "added"; camera: CameraDetail } | { state: "failed"; words: string };

/** Who answered, and the choice of those to add: each is asked and judged for itself, one after the other. */
export function FoundDevices({ devices }: { devices: readonly FoundDevice[] }) {
  const add = useAddCamera();
  const searchAgain = useSearchAgain();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [credentials, setCredentials] = useState<Credentials>({ user: "", password: "" });
  const [errors, setErrors] = useState<FormError[]>([]);
  const [adding, setAdding] = useState(false);

  const choose = (device: FoundDevice, chosen: boolean) => {
    const next = new Map(names);
    if (chosen) next.set(device.address, nameFor(device));
    else next.delete(device.address);
    setNames(next);
  };
  const note = (address: string, outcome: Outcome) => { setOutcomes((known) => new Map(known).set(address, outcome)); };

  const addAll = async () => {
    for (const device of devices.filter(({ address }) => names.has(address))) {
      note(device.address, { state: "asking" });
      try {
        const camera = await add.mutateAsync(toAdd(device, names.get(device.address) ?? "", credentials));
        note(device.address, { state: "added", camera });
        setNames((known) => new Map([...known].filter(([address]) => address !== device.address)));
      } catch (error) {
        note(device.address, { state: "failed", words: inOneBreath(problemOf(error)) });
      }
    }
    await searchAgain();
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (adding) return;
    const found = names.size === 0 ? [{ field: null, words: "Choose at least one device above." }] : nameFaults(names);
    setErrors(found);
    if (found.length > 0) return;
    setAdding(true);
    void addAll().finally(() => { setAdding(false); });
  };

  return (
    <form className="stack" onSubmit={submit} noValidate aria-label="Devices found">
      <ul className="stack">
        {devices.map((device) => (
          <li key={device.address}>
            <Found device={device} name={names.get(device.address)} outcome={outcomes.get(device.address)} busy={adding} error={errorAt(errors, device.address)}
              onChoose={(chosen) => { choose(device, chosen); }} onName={(name) => { setNames(new Map(names).set(device.address, name)); }} />
          </li>
        ))}
      </ul>
      {devices.some(addable) ? (
        <Panel title="Add those chosen">
          <div className="stack">
            <ErrorSummary form="found" errors={errors} title="Nothing was added" />
            <div className="pair">
              <Field label="User of the cameras" value={credentials.user} onChange={(user) => { setCredentials({ ...credentials, user }); }} help="The same for all those chosen." />
              <Field label="Password of the cameras" value={credentials.password} onChange={(password) => { setCredentials({ ...credentials, password }); }} type="password" autoComplete="new-password" help="Sealed at once, never shown, and never tried on a refused device." />
            </div>
            <div className="form-actions"><Button type="submit" look="main" isPending={adding}>{adding ? "Asking one after the other" : `Ask and add ${names.size === 0 ? "" : names.size}`.trim()}</Button></div>
          </div>
        </Panel>
      ) : null}
    </form>
  );
}

interface FoundProps {
  device: FoundDevice;
  name: string | undefined;
  outcome: Outcome | undefined;
  busy: boolean;
  error: string | null;
  onChoose: (chosen: boolean) => void;
  onName: (name: string) => void;
}

function Found({ device, name, outcome, busy, error, onChoose, onName }: FoundProps) {
  const words = device.says.join(", ") || "It gave no name";
  return (
    <article className={`panel found ${device.refused ? "camera-refused" : ""}`} aria-label={device.address}>
      <div className="camera-verdict"><Standing device={device} outcome={outcome} /></div>
      <div className="camera-main">
        <h2 className="mono">{device.address}</h2>
        <p>{words}{device.onvif_port === 80 ? null : <span className="quiet"> · ONVIF port {device.onvif_port}</span>}</p>
        <Said device={device} />
        {outcome === undefined || outcome.state === "added" ? null : <p className={outcome.state === "failed" ? "field-error" : "quiet"} role="status">{outcome.state === "failed" ? outcome.words : "Asking it who it is."}</p>}
      </div>
      <div className="stack-small">
        {addable(device) && outcome?.state !== "added" ? <Choice selected={name !== undefined} onChange={onChoose} disabled={busy}>Add it</Choice> : null}
        {name === undefined ? null : <Field label="Name" id={inputId("found", device.address)} value={name} onChange={onName} error={error} disabled={busy} required />}
      </div>
    </article>
  );
}

/** What is known of it: a camera already, refused by what it shows, or open. */
function Standing({ device, outcome }: { device: FoundDevice; outcome: Outcome | undefined }) {
  if (outcome?.state === "added") return <Badge tone={outcomeTone[outcome.camera.outcome]}>{outcomeName[outcome.camera.outcome]}</Badge>;
  if (device.camera != null) return <Badge tone="info">A camera here</Badge>;
  return device.refused ? <Badge tone="bad">Refused</Badge> : <Badge tone="plain">Not judged yet</Badge>;
}

function Said({ device }: { device: FoundDevice }) {
  if (device.camera != null) return <p><Link to={`/cameras/${device.camera}`}>{device.camera_name ?? "This camera"}</Link></p>;
  if (!device.refused && device.reasons.length === 0) return <p className="quiet small">It has shown nothing that speaks for or against it. It is judged when it is added.</p>;
  return (
    <>
      {device.refused ? <p>It cannot be added. Unplug it and replace it.</p> : null}
      <div className="small"><Reasons reasons={device.reasons} /></div>
    </>
  );
}
