import type { CameraDetail, Stream } from "../../shared/api/types";
import { Badge, Panel } from "../../shared/ui/parts";

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
        <ul className="stack-small">{camera.streams.map((stream) => <li key={stream.kind}><OneStream stream={stream} /></li>)}</ul>
      )}
    </Panel>
  );
}

function OneStream({ stream }: { stream: Stream }) {
  const state = words[stream.state] ?? { tone: "plain" as const, name: stream.state };
  return (
    <div className="stream">
      <div className="row">
        <strong>{stream.kind === "main" ? "Main" : "Sub-stream"}</strong>
        <Badge tone={state.tone}>{state.name}</Badge>
      </div>
      <p className="quiet small tabular">{stream.encoding}, {stream.width} × {stream.height}, {stream.rate} pictures a second</p>
      {stream.trouble == null ? null : <p className="small amber">{stream.trouble}</p>}
    </div>
  );
}
