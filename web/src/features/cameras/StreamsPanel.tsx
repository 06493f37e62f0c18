import type { CameraDetail, Stream } from "../../shared/api/types";
import { Badge, Panel } from "../../shared/ui/parts";
import { advice, measuredWords } from "./streams";

const words: Record<string, { tone: "good" | "plain" | "warn"; name: string }> = {
  receiving: { tone: "good", name: "Receiving" },
  connecting: { tone: "plain", name: "Connecting" },
  waiting: { tone: "warn", name: "Waiting to try again" },
  off: { tone: "plain", name: "Off" },
};

/** The encoded feeds of the camera, main first. */
export function StreamsPanel({ camera }: { camera: CameraDetail }) {
  return (
    <Panel title="Streams">
      {camera.streams.length === 0 ? <p className="quiet">{camera.outcome === "accepted" ? "The camera offers no stream that can be recorded." : "None. Streams are set up only for an accepted camera."}</p> : (
        <div className="stack-small">
          <ul className="stack-small">{camera.streams.map((stream) => <li key={stream.kind}><OneStream stream={stream} /></li>)}</ul>
          <Advice streams={camera.streams} />
        </div>
      )}
    </Panel>
  );
}

/** What to set in the camera; nothing when all is well. */
function Advice({ streams }: { streams: readonly Stream[] }) {
  const found = advice(streams);
  return found.length === 0 ? null : <ul className="bullets small">{found.map((words) => <li key={words}>{words}</li>)}</ul>;
}

function OneStream({ stream }: { stream: Stream }) {
  const measured = measuredWords(stream);
  const state = words[stream.state] ?? { tone: "plain" as const, name: stream.state };
  return (
    <div className="stream">
      <div className="row">
        <strong>{stream.kind === "main" ? "Main" : "Sub-stream"}</strong>
        <Badge tone={state.tone}>{state.name}</Badge>
      </div>
      <p className="quiet small tabular">{stream.encoding}, {stream.width} × {stream.height}, {stream.rate} pictures a second</p>
      {measured === null ? null : <p className="quiet small tabular">Measured: {measured}</p>}
      {stream.trouble == null ? null : <p className="small amber">{stream.trouble}</p>}
    </div>
  );
}
