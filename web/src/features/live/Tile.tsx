import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { StreamName } from "../../player/messages";
import type { TileView } from "../../player/tile";
import type { LiveWall } from "../../player/wall";
import { camerasKey } from "../../shared/api/cameras";
import type { Camera } from "../../shared/api/types";
import { clockTime, span } from "../../shared/time/format";
import { seconds } from "../../shared/time/units";
import { Watermark } from "../../shared/ui/Watermark";
import { rest, type Rest } from "./rest";

interface TileProps {
  camera: Camera;
  stream: StreamName;
  wall: LiveWall;
  focusable: boolean;
  onFocus: () => void;
  onOpen: () => void;
}

/** A picture with a state that cannot be mistaken. */
export function Tile({ camera, stream, wall, focusable, onFocus, onOpen }: TileProps) {
  const screen = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<TileView | null>(null);

  useEffect(() => {
    const box = screen.current;
    if (box === null) return;
    // A canvas can be handed to a worker once only, so each life of this tile makes its own.
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "presentation");
    box.append(canvas);
    const pixels = () => ({
      width: Math.max(16, Math.round(box.clientWidth * devicePixelRatio)),
      height: Math.max(9, Math.round(box.clientHeight * devicePixelRatio)),
    });
    const tile = wall.show(canvas, camera.id, stream, pixels(), setView);
    const observer = new ResizeObserver(() => { tile.resize(pixels()); });
    observer.observe(box);
    return () => {
      observer.disconnect();
      tile.close();
      canvas.remove();
    };
  }, [camera.id, stream, wall]);

  const phase = view?.phase ?? "asking";
  const resting = rest(camera, phase);
  useAskWhy(phase === "lost");
  return (
    <div
      className={`tile tile-${phase}`}
      data-tile={camera.id}
      data-phase={phase}
      data-resting={resting !== null}
      data-shown={view?.shown ?? 0}
      role="button"
      tabIndex={focusable ? 0 : -1}
      onFocus={onFocus}
      onDoubleClick={onOpen}
      onKeyDown={(event) => { if (event.key === "Enter") onOpen(); }}
    >
      <div className="tile-screen" ref={screen} />
      {phase === "live" || phase === "late" ? <Watermark /> : null}
      {(phase === "live" || phase === "late") && view !== null && view.note !== null ? <span className="tile-note small">{view.note}</span> : null}
      {resting === null ? <Veil view={view} name={camera.name} /> : <Resting rest={resting} />}
      <div className="tile-bar">
        <strong>{camera.name}</strong>
        {resting === null ? <State view={view} /> : <span className="tile-state">○ {resting.short}</span>}
      </div>
    </div>
  );
}

/** A picture that was lost may have been stopped by the policy: the camera's state says, and is asked for at once. */
function useAskWhy(isLost: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (isLost) void queries.invalidateQueries({ queryKey: camerasKey });
  }, [isLost, queries]);
}

/** Dark on purpose: said quietly, and until when. */
function Resting({ rest: { title, words } }: { rest: Rest }) {
  return <div className="tile-veil"><strong className="tile-rest">{title}</strong><span>{words}</span></div>;
}

/** What covers the picture when it is not live. */
function Veil({ view, name }: { view: TileView | null; name: string }) {
  if (view === null || view.phase === "asking" || view.phase === "starting") return <div className="tile-veil"><span className="quiet">Opening {name}</span></div>;
  if (view.phase === "lost" || view.phase === "refused") {
    return (
      <div className="tile-veil tile-veil-bad">
        <span className="tile-sign" aria-hidden="true">{view.phase === "lost" ? "✕" : "⊘"}</span>
        <strong>{view.phase === "lost" ? "No picture" : "Not permitted"}</strong>
        <span>{view.why ?? "The camera sends nothing."}</span>
        {view.since === null ? null : <span className="small">Since {clockTime(view.since)}</span>}
      </div>
    );
  }
  return null;
}

function State({ view }: { view: TileView | null }) {
  if (view?.phase === "live") return <span className="tile-state tile-state-live"><i aria-hidden="true" />Live</span>;
  if (view?.phase === "late") return <span className="tile-state tile-state-late">△ {age(view)} old</span>;
  if (view?.phase === "lost") return <span className="tile-state tile-state-lost">✕ Lost</span>;
  if (view?.phase === "refused") return <span className="tile-state">⊘</span>;
  return <span className="tile-state quiet">Opening</span>;
}

const age = (view: TileView): string => span(seconds((view.ageMs ?? 0) / 1000));
