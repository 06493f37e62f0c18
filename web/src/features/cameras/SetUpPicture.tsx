import { type ReactNode, useEffect, useMemo } from "react";
import { clockTime, date } from "../../shared/time/format";
import { Watermark } from "../../shared/ui/Watermark";
import type { PictureState } from "./usePicture";

/** A picture of a camera that is set up, with its true time and the name of who looks; what is drawn lies over it. */
export function SetUpPicture({ state, name, children }: { state: PictureState; name: string; children?: ReactNode }) {
  const file = state.kind === "shown" ? state.picture.file : null;
  const address = useMemo(() => (file === null ? null : URL.createObjectURL(file)), [file]);
  useEffect(() => () => { if (address !== null) URL.revokeObjectURL(address); }, [address]);
  return (
    <figure className="setup-picture" data-picture={state.kind} data-taken={state.kind === "shown" ? state.picture.taken : undefined}>
      <div className="setup-screen">
        {address === null ? <Face state={state} /> : <><img src={address} alt={`What ${name} sees`} /><Watermark /></>}
        {children}
      </div>
      <figcaption className="small quiet">{caption(state)}</figcaption>
    </figure>
  );
}

function Face({ state }: { state: PictureState }) {
  if (state.kind === "refused") return <p role="alert"><strong>{state.problem.title}</strong> {state.problem.detail}</p>;
  return <p role="status">Waiting for a picture from the camera</p>;
}

function caption(state: PictureState): string {
  if (state.kind !== "shown") return "";
  const taken = `Received ${date(state.picture.taken)}, ${clockTime(state.picture.taken)}.`;
  return state.trouble === null ? taken : `${taken} The next one did not come: ${state.trouble.detail}`;
}
