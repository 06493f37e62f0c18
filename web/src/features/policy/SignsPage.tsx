import { usePolicies, usePolicyVersion } from "../../shared/api/policy";
import type { PolicyCamera } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button } from "../../shared/ui/parts";
import { Crumb } from "./Crumb";
import { SignText } from "./Signs";

/** Every sign, one to a sheet, and nothing else on the paper. */
export function SignsPage() {
  const policies = usePolicies();
  return (
    <Page title={<><Crumb />Signs</>} lead="One sheet for each camera, from the policy in force." actions={<Button onPress={() => { window.print(); }}>Print</Button>}>
      <Loaded of={policies} what="the policy" lines={8}>{(found) => <Sheets number={found.in_force ?? null} />}</Loaded>
    </Page>
  );
}

function Sheets({ number }: { number: number | null }) {
  const version = usePolicyVersion(number);
  if (number === null) return <p className="quiet">No policy is in force, so there is no sign.</p>;
  return (
    <Loaded of={version} what="the signs" lines={8}>
      {({ reading: { cameras } }) => (cameras.length === 0 ? <p className="quiet">The policy in force names no camera of this recorder, so there is no sign.</p> : <ul className="stack">{cameras.map((camera) => <li key={camera.camera}><Sheet camera={camera} /></li>)}</ul>)}
    </Loaded>
  );
}

function Sheet({ camera }: { camera: PolicyCamera }) {
  return (
    <section className="print-sign" aria-label={camera.name}>
      <h2 className="no-print small quiet">{camera.name}</h2>
      <SignText lines={camera.sign} />
    </section>
  );
}
