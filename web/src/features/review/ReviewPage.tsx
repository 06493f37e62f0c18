import "./review.css";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";
import { problemOf } from "../../shared/api/client";
import { useCameras } from "../../shared/api/cameras";
import { grantFor, useGrants } from "../../shared/api/grants";
import { useRoles } from "../../shared/api/session";
import type { Camera, Look, MotionSpan, Span } from "../../shared/api/types";
import { fromDate, plus, seconds, wallTicks, type WallTicks } from "../../shared/time/units";
import { Face, ProblemFace, Skeleton } from "../../shared/ui/Face";
import { When } from "../../shared/ui/When";
import type { StreamName } from "../../shared/api/looks";
import { type Area, WHOLE } from "./area";
import { Download } from "./Download";
import { DrawArea } from "./DrawArea";
import { groundFor } from "./ground";
import { LookForm } from "./LookForm";
import { MotionSearch } from "./MotionSearch";
import { NoGround } from "./NoGround";
import { Player } from "./Player";
import { newest } from "./spans";
import { Timeline } from "./Timeline";
import { useLook } from "./useLook";

/** Cameras that have, or may have, footage. */
const mayHaveFootage = (camera: Camera): boolean => camera.outcome === "accepted" || camera.purpose != null;

export default function ReviewPage() {
  const cameras = useCameras(15_000);
  const [parameters, setParameters] = useSearchParams();
  if (cameras.isPending) return <div className="page-pad"><Skeleton lines={6} label="Loading cameras" /></div>;
  if (cameras.isError) return <ProblemFace problem={problemOf(cameras.error)} />;
  const list = cameras.data.filter(mayHaveFootage);
  const camera = list.find((one) => one.id === parameters.get("camera")) ?? list[0];
  if (camera === undefined) return <Face sign="▢" title="No footage yet">Once a camera is accepted and has a purpose, what it records appears here.</Face>;
  const choose = (id: string) => { setParameters((before) => { before.set("camera", id); return before; }, { replace: true }); };
  return <ReviewOf key={camera.id} camera={camera} cameras={list} onChoose={choose} />;
}

interface ReviewProps {
  camera: Camera;
  cameras: Camera[];
  onChoose: (id: string) => void;
}

/** The moment of the address, or a little before now. */
function startingPoint(text: string | null): WallTicks {
  const ticks = Number(text);
  if (text !== null && Number.isSafeInteger(ticks) && ticks > 0) return wallTicks(ticks);
  return plus(fromDate(new Date()), seconds(-30));
}

function ReviewOf({ camera, cameras, onChoose }: ReviewProps) {
  const [parameters, setParameters] = useSearchParams();
  const [at, setAt] = useState(() => startingPoint(parameters.get("at")));
  const [target, setTarget] = useState(at);
  const [spans, setSpans] = useState<Span[]>([]);
  const [motion, setMotion] = useState<MotionSpan[]>([]);
  const onSpans = useCallback((next: Span[], moved: MotionSpan[]) => { setSpans(next); setMotion(moved); }, []);
  const [reason, setReason] = useState("");
  const [stream, setStream] = useState<StreamName>("main");
  const [area, setArea] = useState<Area>(WHOLE);
  const [drawing, setDrawing] = useState(false);
  const { look, asking, problem, ask, end } = useLook();
  const asked = useGrants();
  const grants = asked.data;
  const watches = useRoles().includes("operator");
  const ground = grants === undefined ? null : groundFor(grantFor(grants.grants, camera.id, at), watches, at, fromDate(new Date()));
  const askAt = useCallback((moment: WallTicks) => {
    if (grants === undefined) return;
    const found = groundFor(grantFor(grants.grants, camera.id, moment), watches, moment, fromDate(new Date()));
    if (found === null) end();
    else void ask(camera.id, moment, reason, found.within);
  }, [ask, camera.id, end, grants, reason, watches]);
  const allowed = look === null ? null : { from: wallTicks(look.from_90k), to: wallTicks(look.to_90k) };

  const seek = useCallback((to: WallTicks) => {
    setAt(to);
    setTarget(to);
    // A deep link to a second: the address says where the person stands.
    setParameters((before) => { before.set("at", String(to)); return before; }, { replace: true });
    if (look !== null && (to < look.from_90k || to >= look.to_90k)) askAt(to);
  }, [askAt, look, setParameters]);

  const latest = newest(spans);
  const picture = camera.streams.find((one) => one.kind === stream) ?? { width: 16, height: 9 };
  return (
    <div className="review">
      <div className="review-bar">
        <label className="review-pick">
          <span className="visually-hidden">Camera</span>
          <select className="input" value={camera.id} onChange={(event) => { onChoose(event.target.value); }}>
            {cameras.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        <label className="review-pick">
          <span className="visually-hidden">Stream</span>
          <select className="input" value={stream} onChange={(event) => { setStream(event.target.value === "sub" ? "sub" : "main"); }}>
            {camera.streams.map((one) => <option key={one.kind} value={one.kind}>{one.kind === "main" ? "Full picture" : "Small picture"} {one.width}×{one.height}</option>)}
          </select>
        </label>
        {look === null
          ? <span className="quiet small">Looking is written in the log before the first picture.</span>
          : <span className="review-look small"><strong>You are looking:</strong> {reason} <span className="quiet">(<Under look={look} />, log entry {look.entry})</span> <button type="button" className="link-button" onClick={end}>End this look</button></span>}
      </div>
      {look === null || allowed === null
        ? grants === undefined
          ? asked.isError ? <ProblemFace problem={problemOf(asked.error)} /> : <div className="page-pad"><Skeleton lines={4} label="Loading your grants" /></div>
          : ground === null
            ? <NoGround camera={camera} at={at} grants={grants} watches={watches} problem={problem} />
            : <LookForm camera={camera.name} at={at} ground={ground} reason={reason} onReason={setReason} asking={asking} problem={problem} onAsk={() => { askAt(at); }} />
        : <Player key={`${look.id} ${stream}`} look={look.id} camera={camera} stream={stream} allowed={allowed} target={target} latest={latest} onAt={setAt} onSeek={seek} spans={spans} motion={motion} over={drawing ? <DrawArea picture={picture} area={area} onArea={setArea} /> : null} />}
      {look === null || ground === null ? null : (
        <MotionSearch key={`search ${look.id}`} camera={camera.id} at={at} within={ground.within} reason={reason} area={area} onArea={setArea} drawing={drawing} onDrawing={setDrawing} onSeek={seek} />
      )}
      {look?.export !== true ? null : <Download key={`download ${look.id} ${stream}`} look={look.id} camera={camera.id} stream={stream} at={at} />}
      <Timeline camera={camera.id} stream={stream} at={at} allowed={allowed} look={look?.id ?? null} onSeek={seek} onSpans={onSpans} />
    </div>
  );
}

/** Which permission the pictures stand under, always in sight. */
function Under({ look }: { look: Look }) {
  if (look.under === "replay") return <>replay of your own watch, until <When at={look.until_90k} form="short" /></>;
  if (look.under === "break_glass") return <>broken glass, until <When at={look.until_90k} form="short" /></>;
  return <>grant for case {look.case ?? "without a reference"}, until <When at={look.until_90k} />{look.export ? null : "; no files"}</>;
}
