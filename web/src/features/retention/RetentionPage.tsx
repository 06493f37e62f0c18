import "./retention.css";
import type { Retention } from "../../shared/api/types";
import { count } from "../../shared/time/format";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useRetention } from "./api/retention";
import { Certificates } from "./Certificates";
import { Holds } from "./Holds";
import { Promises } from "./Promises";
import { Room } from "./Room";
import { Shortening } from "./Shortening";
import { Why } from "./Why";

export default function RetentionPage() {
  const retention = useRetention();
  return (
    <Page title="Retention" lead="What was promised, what is there, what is kept longer and why, and what remains of footage that was destroyed: a certificate for each segment.">
      <Loaded of={retention} what="retention" lines={8}>{(found) => <Found retention={found} />}</Loaded>
    </Page>
  );
}

function Found({ retention }: { retention: Retention }) {
  return (
    <>
      <Overdue retention={retention} />
      {retention.waiting == null ? null : <Notice tone="warn"><strong>Deletion waits.</strong> {retention.waiting}</Notice>}
      <Holds />
      <Promises cameras={retention.cameras} />
      <Shortening shortening={retention.shortening} />
      <Why />
      <Room />
      <Certificates certificates={retention.certificates} />
    </>
  );
}

/** The one number: segments past their end that are still there. */
function Overdue({ retention }: { retention: Retention }) {
  const late = retention.overdue > 0;
  return (
    <section className="panel promise" aria-label="Overdue deletions">
      <div className={late ? "promise-number promise-late" : "promise-number"}>{late ? <span className="promise-sign" aria-hidden="true">✕</span> : null}{count(retention.overdue)}</div>
      <div className="promise-words">
        <h2>{late ? `${retention.overdue === 1 ? "segment is" : "segments are"} past the promised end and still there` : "Overdue"}</h2>
        <p className="quiet">{late ? "The promise is broken until this is 0. The certificates below say what each waits for; the System page says whether the storage fails." : "No footage is older than promised, but what is on hold. 0 is the promise."}</p>
      </div>
      <dl className="facts">
        <dt>Begun, not finished</dt><dd className="tabular">{retention.unfinished === 0 ? "0" : `△ ${count(retention.unfinished)}`}</dd>
        <dt>Last sweep</dt><dd>{retention.last_sweep_90k == null ? "None since the start" : <When at={retention.last_sweep_90k} />}</dd>
      </dl>
    </section>
  );
}
