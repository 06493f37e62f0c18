import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button } from "../../shared/ui/parts";
import { usePolicy, useVersion } from "./api/policy";
import { Crumb } from "./Crumb";
import type { PolicySign } from "./model";
import { SignText } from "./Signs";
import { inForce } from "./states";

/** Every sign, one to a sheet, and nothing else on the paper. */
export function SignsPage() {
  const policy = usePolicy();
  return (
    <Page title={<><Crumb />Signs</>} lead="One sheet for each camera, from the policy in force." actions={<Button onPress={() => { window.print(); }}>Print</Button>}>
      <Loaded of={policy} what="the policy" lines={8}>{({ versions }) => <Sheets number={inForce(versions)} />}</Loaded>
    </Page>
  );
}

function Sheets({ number }: { number: number | null }) {
  const version = useVersion(number);
  if (number === null) return <p className="quiet">No policy is in force, so there is no sign.</p>;
  return <Loaded of={version} what="the signs" lines={8}>{({ signs }) => <ul className="stack">{signs.map((sign) => <li key={sign.camera}><Sheet sign={sign} /></li>)}</ul>}</Loaded>;
}

function Sheet({ sign }: { sign: PolicySign }) {
  return (
    <section className="print-sign" aria-label={sign.camera}>
      <h2 className="no-print small quiet">{sign.camera}</h2>
      <SignText text={sign.text} />
    </section>
  );
}
