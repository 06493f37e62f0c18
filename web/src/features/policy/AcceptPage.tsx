import { Link, useNavigate } from "react-router";
import { usePolicies } from "../../shared/api/policy";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Crumb } from "./Crumb";
import { Rules } from "./Rules";

/** Reads and accepts a version from the Policy page: the one in force, or beforehand the one that will be. */
export function AcceptPage() {
  const policies = usePolicies();
  const navigate = useNavigate();
  return (
    <Page title={<><Crumb />Read and accept</>} lead="Whoever watches cameras or looks at footage works under the policy of this site.">
      <Loaded of={policies} what="the policy" lines={12}>
        {(found) => {
          const number = found.to_accept ?? found.to_accept_soon ?? null;
          return number === null
            ? <Face sign="✓" title="Nothing waits for you">You have accepted every version you are asked for. <Link to="/policy">Back to the policy</Link></Face>
            : <Rules number={number} onAccepted={() => { void navigate("/policy"); }} />;
        }}
      </Loaded>
    </Page>
  );
}
