import { useState } from "react";
import { Link } from "react-router";
import { Button, Panel } from "../../shared/ui/parts";
import type { PolicySign } from "./model";

/** What the sign beside each camera must say, as the policy says it. */
export function Signs({ signs }: { signs: readonly PolicySign[] }) {
  if (signs.length === 0) return <Panel title="Signs"><p className="quiet">The policy names no camera. Each camera it names gets the text of its sign here.</p></Panel>;
  return (
    <Panel title="Signs" actions={<Link className="button button-small" to="/policy/signs">Print view</Link>}>
      <p className="quiet">People must be able to read who watches, why, and whom to ask before they walk into the picture. The texts come from the policy, so they say what it says.</p>
      <ul className="signs">{signs.map((sign) => <li key={sign.camera}><Sign sign={sign} /></li>)}</ul>
    </Panel>
  );
}

function Sign({ sign }: { sign: PolicySign }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = () => {
    navigator.clipboard.writeText(sign.text.join("\n")).then(() => { setCopied("yes"); }, () => { setCopied("failed"); });
  };
  return (
    <article className="sign" aria-label={`Sign of ${sign.camera}`}>
      <div className="row spread">
        <h3>{sign.camera}</h3>
        <span className="row">
          <span className="small quiet" role="status">{copied === "yes" ? "Copied" : copied === "failed" ? "Select the text and copy it" : ""}</span>
          <Button small aria-label={`Copy the sign of ${sign.camera}`} onPress={copy}>Copy</Button>
        </span>
      </div>
      <SignText text={sign.text} />
    </article>
  );
}

export const SignText = ({ text }: { text: readonly string[] }) => <div className="sign-text">{text.map((line) => <p key={line}>{line}</p>)}</div>;
