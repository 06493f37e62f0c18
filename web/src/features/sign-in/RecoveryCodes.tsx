import "./sign-in.css";
import { useState } from "react";
import type { Site } from "../../shared/api/types";
import { Button, Choice } from "../../shared/ui/parts";
import { Alone } from "./Alone";

/** Told once, right after the second factor was set up. */
export function RecoveryCodes({ site, codes, onKept }: { site: Site; codes: readonly string[]; onKept: () => void }) {
  const [kept, setKept] = useState(false);
  return (
    <Alone site={site} name={site.name}>
      <section className="panel">
        <div className="stack">
          <h1>Keep your recovery codes</h1>
          <p>Each of these signs you in once, with your password, when the authenticator is lost or broken. They are shown only now. Print or write them down, and keep them where you keep keys, not beside the password.</p>
          <ul className="recovery-codes">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
          <Choice selected={kept} onChange={setKept}>I have kept these codes</Choice>
          <div className="form-actions">
            <Button look="main" isDisabled={!kept} onPress={onKept}>Go on</Button>
            <Button onPress={() => { window.print(); }}>Print</Button>
          </div>
        </div>
      </section>
    </Alone>
  );
}
