import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemOf, ProblemError } from "../../shared/api/client";
import { downloadUrl, getPlan, type StreamName } from "../../shared/api/looks";
import { between, type WallTicks } from "../../shared/time/units";
import { clockTime, interval, span } from "../../shared/time/format";
import { Button, Notice } from "../../shared/ui/parts";
import { disclosed, type Marks, marked } from "./marks";

interface DownloadProps {
  look: string;
  camera: string;
  stream: StreamName;
  /** Where the picture stands. */
  at: WallTicks;
}

/** The marked interval as one file. What is in it is said beside what was marked, before it is fetched. */
export function Download({ look, camera, stream, at }: DownloadProps) {
  const [marks, setMarks] = useState<Marks>({ from: null, to: null });
  const range = marked(marks);
  return (
    <div className="download small" role="group" aria-label="Download footage">
      <Button small onPress={() => { setMarks({ ...marks, from: at }); }}>Mark start</Button>
      <Button small onPress={() => { setMarks({ ...marks, to: at }); }}>Mark end</Button>
      {range !== null
        ? <Marked key={`${range.from} ${range.to}`} look={look} camera={camera} stream={stream} from={range.from} to={range.to} onForget={() => { setMarks({ from: null, to: null }); }} />
        : <span className="quiet">{hint(marks)}</span>}
    </div>
  );
}

function hint({ from, to }: Marks): string {
  if (from !== null && to !== null) return "The end must lie after the start.";
  if (from !== null) return `From ${clockTime(from)}; mark the end.`;
  if (to !== null) return `Up to ${clockTime(to)}; mark the start.`;
  return "To download a part, mark where it starts and ends.";
}

interface MarkedProps {
  look: string;
  camera: string;
  stream: StreamName;
  from: WallTicks;
  to: WallTicks;
  onForget: () => void;
}

function Marked({ look, camera, stream, from, to, onForget }: MarkedProps) {
  const plan = useQuery({
    queryKey: ["plan", look, camera, stream, from, to],
    queryFn: async ({ signal }) => {
      const answer = await getPlan(look, camera, stream, from, to, signal);
      if (!answer.ok) throw new ProblemError(answer.problem);
      return answer.value;
    },
  });
  const given = plan.data === undefined ? null : disclosed(plan.data);
  return (
    <>
      <span>Marked: <time>{interval(from, to)}</time></span>
      {plan.isPending ? <span className="quiet" role="status">Looking what is there</span> : null}
      {plan.isError ? <Notice tone="bad">{problemOf(plan.error).detail}</Notice> : null}
      {plan.isSuccess && given === null ? <span role="status">Nothing was recorded in it; the timeline says why.</span> : null}
      {given !== null ? (
        <>
          <a className="button button-main button-small" href={downloadUrl(look, camera, stream, from, to)} download>Download</a>
          <span className="quiet">
            The file runs from <time>{clockTime(given.from)}</time> to <time>{clockTime(given.to)}</time> ({span(between(given.from, given.to))}): pictures hang together in groups,
            and whole groups leave. The download is written in the log. Keep this page open until it is done.
          </span>
        </>
      ) : null}
      <button type="button" className="link-button" onClick={onForget}>Forget the marks</button>
    </>
  );
}

