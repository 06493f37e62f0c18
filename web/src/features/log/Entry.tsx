import type { LogEntry } from "../../shared/api/types";
import { When } from "../../shared/ui/When";
import { footage, groups, kindName, words } from "./entries";
import { Verify } from "./verify/Verify";

/** One entry: the sentence; opened, everything it commits to. */
export function Entry({ entry, open, shownKey = null }: { entry: LogEntry; open: boolean; shownKey?: string | null }) {
  const covers = footage(entry);
  return (
    <li className={open ? "entry entry-wanted" : "entry"}>
      <details open={open}>
        <summary>
          <span className="entry-when"><When at={entry.at_90k} /></span>
          <span className="entry-kind small">{kindName(entry.kind)}</span>
          <span className="entry-words">
            {words(entry)}
            <span className="small quiet entry-more">
              By {entry.who}
              {entry.cameras.length === 0 ? null : <> · {entry.cameras.join(", ")}</>}
              {covers === null ? null : <> · Footage of {covers}</>}
              {entry.reason == null ? null : <> · Reason: {entry.reason}</>}
            </span>
          </span>
          <span className="entry-index small quiet tabular">{entry.index}</span>
        </summary>
        <div className="entry-body">
          <dl className="facts">
            <dt>Position</dt><dd className="tabular">{entry.index}</dd>
            <dt>Leaf hash</dt><dd className="mono">{entry.leaf}</dd>
            <dt>Kind</dt><dd className="mono">{entry.kind}</dd>
          </dl>
          {shownKey === null ? null : <Verify shownKey={shownKey} entry={entry} />}
          <div className="groups">
            {groups(entry.groups).map(({ name, text }) => (
              <section key={name} aria-label={name}>
                <h3>{name}</h3>
                {text === null ? <p className="small quiet">Erased. What it said is gone; that it was there, and unchanged, can still be proved.</p> : <pre className="group">{text}</pre>}
              </section>
            ))}
          </div>
        </div>
      </details>
    </li>
  );
}
