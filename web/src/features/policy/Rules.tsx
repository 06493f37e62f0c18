import { useState } from "react";
import { problemOf } from "../../shared/api/client";
import { usePolicyVersion } from "../../shared/api/policy";
import type { PolicyInFull } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Choice, Notice, Panel } from "../../shared/ui/parts";
import { useAccept } from "./api/policy";
import { FileText } from "./FileText";
import { Prose } from "./Prose";
import { stateWords } from "./states";

/** One version to read, and the sentence under which a person puts their name. */
export function Rules({ number, onAccepted }: { number: number; onAccepted?: () => void }) {
  const version = usePolicyVersion(number);
  return <Loaded of={version} what="the rules" lines={12}>{(found) => <Read found={found} {...(onAccepted === undefined ? {} : { onAccepted })} />}</Loaded>;
}

function Read({ found, onAccepted }: { found: PolicyInFull; onAccepted?: () => void }) {
  const { number } = found.version;
  const accept = useAccept(number);
  const [read, setRead] = useState(false);
  const label = `The file of version ${number}`;
  return (
    <>
      <Panel title={`The policy, version ${number}`}>
        <p className="policy-words">{stateWords(found.version)}</p>
        {found.reading.prose.length === 0
          ? <FileText text={found.text} label={label} />
          : <><Prose sections={found.reading.prose} /><Disclosure title="The same as the file that the recorder obeys"><FileText text={found.text} label={label} /></Disclosure></>}
      </Panel>
      <Panel title="What is done with your looks">
        <ul className="rules-done">
          <li>Each look, its reason and what was sent are written in the log before you see anything. What the log says of people is erased after about thirteen months, or after the time this site has set.</li>
          <li>Your name and the time stand over every picture, live and recorded.</li>
          <li>The log is gone through for looks that stand out: recorded footage opened outside working hours, much of it in a short time, and refusals in series. The data protection officer sees them and may ask you about them. Watching live is never counted.</li>
        </ul>
      </Panel>
      <Panel>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            // The form may be gone by then: nothing waits for this person any more. What failed stands above it.
            if (read && !accept.isPending) void accept.mutateAsync().then(onAccepted, () => undefined);
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
