import { useState } from "react";
import type { MotionTrial, TrialDetail, TrialDraft } from "../../shared/api/types";
import { bytes, clockTime, interval, span } from "../../shared/time/format";
import { between, wallTicks } from "../../shared/time/units";
import { Scroll } from "../../shared/ui/Scroll";
import { Badge, Button, Notice } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { fateName, sums, summary } from "./found";
import { ScoreChart } from "./ScoreChart";

/** What a trial came to. */
export function Found({ trial, onGoOn }: { trial: MotionTrial; onGoOn: (() => void) | null }) {
  const detail = trial.detail ?? null;
  return (
    <section className="panel trial-found" aria-label="What was found">
      <h2>What was found</h2>
      <p role="status"><time>{interval(wallTicks(trial.from_90k), wallTicks(trial.looked_to_90k))}</time>, {trial.stream === "sub" ? "small picture" : "main picture"}. {summary(trial)}</p>
      {onGoOn === null ? null : <Notice tone="warn"><p>A minute was not enough for all of it. <Button small onPress={onGoOn}>Go on from {clockTime(wallTicks(trial.looked_to_90k))}</Button></p></Notice>}
      {detail === null ? <Notice><p>These are sums. When something moved is told to who may look at this footage: it says when people were there.</p></Notice> : <Moments trial={trial} detail={detail} />}
      <SumTable trial={trial} />
      {detail === null ? null : <Pieces detail={detail} />}
      <Draft draft={trial.draft} />
      <ul className="bullets small quiet">{trial.words.map((words) => <li key={words}>{words}</li>)}</ul>
      <p className="small quiet">Log entry {trial.entry}.</p>
    </section>
  );
}

function Moments({ trial, detail }: { trial: MotionTrial; detail: TrialDetail }) {
  const [at, setAt] = useState(0);
  const place = (ticks: number) => Math.max(0, detail.trace.findLastIndex((point) => point.at_90k <= ticks));
  return (
    <>
      <ScoreChart trial={trial} detail={detail} at={at} onAt={setAt} />
      <h3>Movements</h3>
      {detail.events.length === 0 ? <p>Nothing counts as a movement.</p> : (
        <ol className="trial-events" aria-label="Movements">
          {detail.events.map((event) => (
            <li key={event.start_90k}>
              <button type="button" className="link-button" onClick={() => { setAt(place(event.start_90k)); }}>{clockTime(wallTicks(event.start_90k))}</button> <span className="quiet">{span(between(wallTicks(event.start_90k), wallTicks(event.end_90k)))}, score {event.score.toFixed(1)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function SumTable({ trial }: { trial: MotionTrial }) {
  return (
    <Scroll label="What is in force beside what was tried" className="table-wrap">
      <table className="table">
        <thead><tr><th scope="col">Footage</th><th scope="col">In force</th><th scope="col">Tried</th></tr></thead>
        <tbody>{sums(trial).map((row) => <tr key={row.what}><th scope="row">{row.what}</th><td>{row.inForce}</td><td>{row.tried}</td></tr>)}</tbody>
      </table>
    </Scroll>
  );
}

function Pieces({ detail }: { detail: TrialDetail }) {
  return (
    <Scroll label="Piece by piece" className="table-wrap">
      <table className="table">
        <thead><tr><th scope="col">Piece</th><th scope="col">Ends, as things stand</th><th scope="col">Tried</th><th scope="col">Would end</th></tr></thead>
        <tbody>
          {detail.footage.map((one) => (
            <tr key={one.segment}>
              <th scope="row">{clockTime(wallTicks(one.start_90k))} to {clockTime(wallTicks(one.end_90k))}<span className="small quiet">{one.stream === "sub" ? "small" : "main"} picture, {bytes(one.bytes)}</span></th>
              <td><When at={one.until_90k} />{one.because == null ? null : <span className="small quiet trial-because">{one.because}</span>}</td>
              <td><Badge tone={one.tried === "shortened" ? "warn" : "plain"}>{fateName[one.tried]}</Badge><span className="small quiet trial-because">{one.tried_because}</span></td>
              <td>{one.tried_until_90k == null ? "Not said" : <When at={one.tried_until_90k} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Draft({ draft }: { draft: readonly TrialDraft[] }) {
  if (draft.length === 0) return <p>The policy in force says all of this already: there is nothing to write.</p>;
  return (
    <div className="stack-small">
      <h3>Lines for a draft</h3>
      <p className="small quiet">The policy is one written file. Put these lines into a draft on the Policy page; they hold once that version is in force.</p>
      {draft.map((part) => (
        <div key={part.lines} className="trial-draft">
          <p>{part.below == null ? "At the end of the file." : <>Below <code>{part.below}</code>.</>} {part.words}</p>
          <Scroll label={part.below ?? "Lines for the end of the file"} className="trial-lines"><pre>{part.lines}</pre></Scroll>
        </div>
      ))}
    </div>
  );
}
