import "./live.css";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useCameras } from "../../shared/api/cameras";
import type { Camera } from "../../shared/api/types";
import { Face, ProblemFace, Skeleton } from "../../shared/ui/Face";
import { liveSupport } from "../../player/wall";
import { useKeys } from "../../shared/ui/useKeys";
import { fromDate, plus, seconds } from "../../shared/time/units";
import { Button } from "../../shared/ui/parts";
import { columnsFor, step } from "./layout";
import { MarkIncident } from "./MarkIncident";
import { Tile } from "./Tile";
import { useWall } from "./useWall";

/** Cameras that can have a picture: accepted, with a purpose. One outside its hours keeps its tile, which says why it is dark. */
const hasPicture = (camera: Camera): boolean => camera.outcome === "accepted" && camera.state !== "no_purpose";

export default function LivePage() {
  const cameras = useCameras();
  const unsupported = liveSupport();
  if (unsupported !== null) return <Face sign="!" title="No live pictures in this browser" bad>{unsupported}</Face>;
  if (cameras.isPending) return <div className="page-pad"><Skeleton lines={6} label="Loading cameras" /></div>;
  if (cameras.isError) return <ProblemFace problem={problemOf(cameras.error)} />;
  const shown = cameras.data.filter(hasPicture);
  if (shown.length === 0) {
    return (
      <Face sign="▢" title="No camera to watch yet">
        {cameras.data.length === 0
          ? "An administrator adds cameras on the Cameras page; they appear here once they are accepted and have a purpose."
          : "No camera is accepted and has a purpose. The Cameras page says for each what is missing."}
      </Face>
    );
  }
  return <WallOf cameras={shown} without={cameras.data.length - shown.length} />;
}

function WallOf({ cameras, without }: { cameras: Camera[]; without: number }) {
  const { wall, link } = useWall();
  const [parameters, setParameters] = useSearchParams();
  const [focus, setFocus] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const enlarged = cameras.find((camera) => camera.id === parameters.get("camera")) ?? null;
  const [marking, setMarking] = useState<Camera | null>(null);
  const navigate = useNavigate();
  const chosen = enlarged ?? cameras[focus] ?? null;
  const columns = useMemo(() => columnsFor(cameras.length), [cameras.length]);

  const enlarge = (camera: Camera | null) => {
    setParameters(camera === null ? {} : { camera: camera.id }, { replace: true });
  };

  /** The last minute of the chosen camera, from the own watch. */
  const replay = () => {
    if (chosen !== null) void navigate(`/review?camera=${chosen.id}&at=${plus(fromDate(new Date()), seconds(-60))}`);
  };

  // The keyboard stays on a tile when the wall becomes one camera, and on that camera's tile when it becomes a wall.
  const one = enlarged !== null;
  useEffect(() => {
    grid.current?.querySelectorAll<HTMLElement>("[data-tile]")[one ? 0 : focus]?.focus({ preventScroll: true });
  }, [focus, one]);

  // The wall is one widget: arrows move, Enter enlarges, digits pick, F fills the screen, Esc goes back, M marks, R replays.
  useKeys(grid, (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || marking !== null) return;
    const next = step(event.key, focus, cameras.length, columns);
    if (next !== null) {
      setFocus(next);
      event.preventDefault();
    } else if (event.key === "Escape" && enlarged !== null) {
      enlarge(null);
    } else if (event.key.toLowerCase() === "f") {
      if (document.fullscreenElement === null) void grid.current?.requestFullscreen();
      else void document.exitFullscreen();
    } else if (event.key.toLowerCase() === "m") {
      setMarking(chosen);
      event.preventDefault();
    } else if (event.key.toLowerCase() === "r") {
      replay();
    } else if (/^[1-9]$/.test(event.key)) {
      const camera = cameras[Number(event.key) - 1];
      if (camera !== undefined) enlarge(camera);
    }
  });

  return (
    <div className="live" ref={grid}>
      {link.link === "ended" ? <div className="live-note" role="alert">{link.why} <a href="/">Sign in again</a></div> : null}
      <div className={enlarged === null ? "wall" : "wall wall-one"} role="group" aria-label="Live pictures" data-columns={columns}>
        {(enlarged === null ? cameras : [enlarged]).map((camera, index) => (
          <Tile
            key={`${camera.id} ${enlarged === null ? "sub" : "main"}`}
            camera={camera}
            stream={enlarged === null && camera.streams.some((stream) => stream.kind === "sub") ? "sub" : "main"}
            wall={wall}
            focusable={enlarged !== null || index === focus}
            onFocus={() => { if (enlarged === null) setFocus(index); }}
            onOpen={() => { enlarge(enlarged === null ? camera : null); }}
          />
        ))}
      </div>
      {chosen === null ? null : (
        <div className="live-acts" role="group" aria-label={`Acts on ${chosen.name}`}>
          <span className="small">{chosen.name}:</span>
          <Button small look="danger" onPress={() => { setMarking(chosen); }}>Mark an incident (M)</Button>
          <Button small onPress={replay}>Instant replay (R)</Button>
        </div>
      )}
      {marking === null ? null : <MarkIncident camera={marking} onClose={() => { setMarking(null); }} />}
      <p className="live-foot small quiet">
        <span>{enlarged === null ? "Enter or double click: one camera" : "Esc: all cameras"}</span>
        <span>Arrows and 1 to 9: choose</span>
        <span>F: full screen</span>
        {without > 0 ? <span>{without === 1 ? "1 camera has" : `${without} cameras have`} no picture here: not accepted, or without a purpose</span> : null}
        <span>This look is written in the log.</span>
      </p>
    </div>
  );
}
