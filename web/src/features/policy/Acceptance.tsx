import "./policy.css";
import { type ReactNode, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { inOneBreath } from "../../shared/forms/errors";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Choice, Notice, Panel } from "../../shared/ui/parts";
import { useAccept, useAcceptance } from "./api/acceptance";
import type { PolicyRules } from "./model";
import { Prose } from "./Prose";

/** Whoever watches or looks back has read the rules first: the page, or what stands before it. */
export function Acceptance({ children }: { children: ReactNode }) {
  const acceptance = useAcceptance();
  if (acceptance.data?.accepted === true) return children;
  return (
    <Page title="Read the rules first" lead="Whoever watches cameras or looks at footage works under the policy of this site. Read the version in force; then the page you wanted opens.">
      <Loaded of={acceptance} what="the rules" lines={12}>{(rules) => (rules.accepted ? null : <Rules rules={rules} />)}</Loaded>
    </Page>
  );
}

function Rules({ rules }: { rules: PolicyRules }) {
  const accept = useAccept();
  const [read, setRead] = useState(false);
  return (
    <>
      <Panel title={`The policy, version ${rules.number}`}><Prose sections={rules.prose} /></Panel>
      <Panel>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (read && !accept.isPending) accept.mutate({ number: rules.number });
          }}
        >
          {accept.isError ? <Notice tone="bad"><strong>Nothing was written down.</strong> {inOneBreath(problemOf(accept.error))}</Notice> : null}
          <Choice selected={read} onChange={setRead}>I have read this and work by it.</Choice>
          <p className="quiet small">Your name, the time and the version are written in the log. When a new version comes into force, you are asked again.</p>
          <div className="form-actions"><Button type="submit" look="main" isDisabled={!read} isPending={accept.isPending}>I have read this and accept</Button></div>
        </form>
      </Panel>
    </>
  );
}
