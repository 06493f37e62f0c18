import { useState } from "react";
import { Link } from "react-router";
import type { PolicyCamera } from "../../shared/api/types";
import { Button, Panel } from "../../shared/ui/parts";

/** What the sign beside each camera must say, as the policy says it. */
export function Signs({ cameras }: { cameras: readonly PolicyCamera[] }) {
  if (cameras.length === 0) return <Panel title="Signs"><p className="quiet">The policy names no camera of this recorder. Each one it names gets the text of its sign here.</p></Panel>;
  return (
    <Panel title="Signs" actions={<Link className="button button-small" to="/policy/signs">To print</Link>}>
      <p className="quiet">People must be able to read who records, why, and whom to ask before they walk into the picture. The texts come from the policy, so they say what it says.</p>
      <ul className="signs">{cameras.map((camera) => <li key={camera.camera}><Sign camera={camera} /></li>)}</ul>
    </Panel>
  );
}

function Sign({ camera }: { camera: PolicyCamera }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = () => {
    navigator.clipboard.writeText(camera.sign.join("\n")).then(() => { setCopied("yes"); }, () => { setCopied("failed"); });
  };
  return (
    <article className="sign" aria-label={`Sign of ${camera.name}`}>
      <div className="row spread">
        <h3>{camera.name}</h3>
        <span className="row">
          <span className="small quiet" role="status">{copied === "yes" ? "Copied" : copied === "failed" ? "Select the text and copy it" : ""}</span>
          <Button small aria-label={`Copy the sign of ${camera.name}`} onPress={copy}>Copy</Button>
        </span>
      </div>
      <SignText lines={camera.sign} />
    </article>
  );
}

export const SignText = ({ lines }: { lines: readonly string[] }) => <div className="sign-text">{lines.map((line) => <p key={line}>{line}</p>)}</div>;
