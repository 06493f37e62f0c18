import { Link } from "react-router";
import type { PolicyVersion } from "../../shared/api/types";
import { Badge } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";

import { originWords, stateName, stateTone, stateWords } from "./states";

export const VersionState = ({ of }: { of: PolicyVersion }) => <Badge tone={stateTone[of.state]}>{stateName[of.state]}</Badge>;

/** Who decided it and when; who proposed it, who advised, and what was said. */
export function VersionFacts({ version }: { version: PolicyVersion }) {
  return (
    <>
      <p className="policy-words">{stateWords(version)}</p>
      <dl className="facts">
        <dt>Proposed</dt><dd>{version.drafted_by}, <When at={version.drafted_90k} /> <span className="quiet small">({originWords(version.origin)})</span></dd>
        <dt>Advice</dt><dd>{version.advice == null ? <span className="quiet">None on record</span> : <>{version.advice.by}, <When at={version.advice.at_90k} />: {version.advice.words}</>}</dd>
        {version.departure == null ? null : <><dt>Not followed because</dt><dd>{version.departure}</dd></>}
        <dt>Decided</dt><dd>{version.approved_by == null || version.approved_90k == null ? <span className="quiet">Nobody has approved it</span> : <>{version.approved_by}, <When at={version.approved_90k} /></>}</dd>
        {version.early == null ? null : <><dt>Could not wait because</dt><dd>{version.early}</dd></>}
        <dt>File</dt><dd className="mono small">SHA-256 {version.hash}</dd>
      </dl>
    </>
  );
}

/** A reference into the log, for whoever may read it. */
export function LogReference({ entry, readsLog }: { entry: number | null | undefined; readsLog: boolean }) {
  if (entry == null) return <span className="quiet">Not in the log yet</span>;
  return readsLog ? <Link to={`/log?entry=${entry}`}>Log entry {entry}</Link> : <>Log entry {entry}</>;
}
