import "./policy.css";
import { type ReactNode, useState } from "react";
import { usePolicies } from "../../shared/api/policy";
import type { Policies } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { Rules } from "./Rules";

/**
 * Whoever watches or looks back has read the rules first: the page, or what stands before it. A version that comes into force
 * while the page is open does not take it away: the recorder lets go on what is open for a day, and the page says so.
 */
export function Acceptance({ children }: { children: ReactNode }) {
  const policies = usePolicies(60_000);
  const [admitted, setAdmitted] = useState(false);
  const [reads, setReads] = useState(false);
  const number = policies.data === undefined ? null : asked(policies.data);
  if (!admitted && policies.data !== undefined && policies.data.to_accept == null) setAdmitted(true);
  if (reads && policies.data !== undefined && number === null) setReads(false);

  if (admitted && !(reads && number !== null)) {
    return (
      <div className={number === null ? "admitted" : "admitted admitted-asked"}>
        {number === null || policies.data === undefined ? null : <Asked policies={policies.data} number={number} onRead={() => { setReads(true); }} />}
        {children}
      </div>
    );
  }
  return (
    <Page
      title="Read the rules first"
      lead="Whoever watches cameras or looks at footage works under the policy of this site. Read it and accept it; then the page you wanted opens."
      actions={admitted ? <Button onPress={() => { setReads(false); }}>Back</Button> : undefined}
    >
      <Loaded of={policies} what="the rules" lines={12}>{(found) => <First number={admitted ? number : found.to_accept ?? null} />}</Loaded>
    </Page>
  );
}

const First = ({ number }: { number: number | null }) => (number === null ? null : <Rules number={number} />);

/** The version this person is asked to accept: the one in force, or else the one that will be. */
const asked = (policies: Policies): number | null => policies.to_accept ?? policies.to_accept_soon ?? null;

function Asked({ policies, number, onRead }: { policies: Policies; number: number; onRead: () => void }) {
  const force = policies.versions.find((version) => version.number === number)?.force_90k;
  return (
    <Notice tone={policies.to_accept == null ? "info" : "warn"}>
      <div className="row">
        {policies.to_accept == null
          ? <p><strong>Version {number} of the policy takes force{force == null ? " soon" : <> on <When at={force} /></>}.</strong> Accept it before then, and nothing stops for you.</p>
          : <p><strong>Version {number} of the policy is in force, and you have not accepted it yet.</strong> What is open goes on for a day at most; nothing new opens.</p>}
        <Button small onPress={onRead}>Read and accept</Button>
      </div>
    </Notice>
  );
}
