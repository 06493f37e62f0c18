import { type ReactNode, useEffect, useRef, useState } from "react";
import { ask, problemOf, ProblemError, type Problem } from "../../shared/api/client";
import { isForGood } from "./lasting";
import { getPlan, mediaUrl, type StreamName } from "../../shared/api/looks";
import type { Camera, MotionSpan, Span } from "../../shared/api/types";
import { clockTime, moment } from "../../shared/time/format";
import { plus, seconds, wallTicks, type WallTicks } from "../../shared/time/units";
import { RecordedPlayer, type PlaybackSource, type PlaybackState } from "../../player/mse";
import { ProblemFace } from "../../shared/ui/Face";
import { Button } from "../../shared/ui/parts";
import { Watermark } from "../../shared/ui/Watermark";
import { useKeys } from "../../shared/ui/useKeys";
import { neighbouringMotion } from "./motion";
import { neighbouringGap, spanAt, words } from "./spans";

interface PlayerProps {
  look: string;
  camera: Camera;
  stream: StreamName;
  allowed: { from: WallTicks; to: WallTicks };
  target: WallTicks;
  latest: WallTicks | null;
  spans: Span[];
  motion: MotionSpan[];
  /** What lies over the picture, if anything. */
  over: ReactNode;
  onAt: (at: WallTicks) => void;
  onSeek: (at: WallTicks) => void;
}

const speeds = [0.25, 0.5, 1, 2, 4, 8, 16];

/** Requests of one look, in the player's terms. */
function sourceOf(look: string, camera: string, stream: StreamName): PlaybackSource {
  return {
    plan: async (from, to, signal) => {
      const answer = await getPlan(look, camera, stream, from, to, signal);
      if (!answer.ok) throw new ProblemError(answer.problem);
      return answer.value.pieces.map((piece) => ({
        segment: piece.segment,
        start: wallTicks(piece.start_90k),
        end: wallTicks(piece.end_90k),
        origin: wallTicks(piece.origin_90k),
        mime: piece.mime,
        width: piece.width,
        height: piece.height,
      }));
    },
    media: async (piece, from, to, convert, signal) => {
      const path = mediaUrl(look, camera, stream, piece.segment, from, to, convert);
      const response = await fetch(path, { signal, credentials: "same-origin" });
      if (response.ok) return response.arrayBuffer();
      // The same request as a question gives the problem in words.
      const answer = await ask<never>("GET", path.replace("/api/v1", ""), undefined, signal);
      throw answer.ok ? new Error("The recorder changed its mind.") : new ProblemError(answer.problem);
    },
  };
}

export function Player({ look, camera, stream, allowed, target, latest, spans, motion, over, onAt, onSeek }: PlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const player = useRef<RecordedPlayer | null>(null);
  const first = useRef(target);
  const [state, setState] = useState<PlaybackState>({ kind: "loading", at: target });
  const [playing, setPlaying] = useState(true);
  const [speed, setSpeed] = useState(1);
  const [life, setLife] = useState(0);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const made = new RecordedPlayer(element, sourceOf(look, camera.id, stream), { ...allowed, at: first.current }, (next) => {
      setState(next);
      if (next.kind === "showing") onAt(next.at);
    });
    player.current = made;
    return () => {
      made.close();
      player.current = null;
    };
    // A look is one player; its renewal changes nothing here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [look, camera.id, stream, life]);

  useEffect(() => {
    if (first.current === target) return;
    first.current = target;
    player.current?.seek(target);
  }, [target]);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.playbackRate = speed;
    if (playing) element.play().catch(() => { setPlaying(false); });
    else element.pause();
  }, [playing, speed, life]);

  const here = state.kind === "failed" ? target : state.at;
  const move = (by: number) => { onSeek(plus(player.current?.at ?? target, seconds(by))); };
  const frame = 1 / Math.max(1, camera.streams.find((one) => one.kind === stream)?.rate ?? 25);
  const step = (direction: 1 | -1) => {
    const to = neighbouringMotion(motion, here, direction);
    if (to !== null) onSeek(to);
  };
  const nudge = (by: number) => {
    setPlaying(false);
    if (video.current !== null) video.current.currentTime += by;
  };

  useKeys(box, (event) => {
    const acts: Record<string, () => void> = {
      " ": () => { setPlaying(!playing); }, k: () => { setPlaying(!playing); },
      ArrowLeft: () => { move(event.shiftKey ? -60 : -1); }, ArrowRight: () => { move(event.shiftKey ? 60 : 1); },
      ",": () => { nudge(-frame); }, ".": () => { nudge(frame); },
      m: () => { step(1); }, M: () => { step(-1); },
      // The picture with what stands over it, not the film alone.
      f: () => { void screen.current?.requestFullscreen(); },
    };
    const act = acts[event.key];
    if (act === undefined || event.target instanceof HTMLSelectElement || event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    act();
  });

  return (
    <div className="player" role="group" aria-label={`Footage of ${camera.name}`} ref={box}>
      <div className="player-screen" data-state={state.kind} ref={screen}>
        {/* No sound is recorded, so there is nothing to caption. */}
        <video ref={video} muted playsInline tabIndex={0} aria-label={`Footage of ${camera.name}, ${moment(here)}`} />
        <Watermark />
        {state.kind === "showing" && state.note !== null ? <span className="player-note small">{state.note}</span> : null}
        {over}
        <PlayerVeil state={state} spans={spans} latest={latest} onSeek={onSeek} onAgain={() => { setLife(life + 1); }} />
      </div>
      <div className="player-bar">
        <Button look="main" small onPress={() => { setPlaying(!playing); }}>{playing ? "Pause" : "Play"}</Button>
        <Button small onPress={() => { move(-10); }}>−10 s</Button>
        <Button small onPress={() => { nudge(-frame); }} aria-label="One frame back">‹ Frame</Button>
        <Button small onPress={() => { nudge(frame); }} aria-label="One frame on">Frame ›</Button>
        <Button small onPress={() => { move(10); }}>+10 s</Button>
        <label className="row small">
          <span className="quiet">Speed</span>
          <select className="input player-speed" value={speed} onChange={(event) => { setSpeed(Number(event.target.value)); }}>
            {speeds.map((one) => <option key={one} value={one}>{one < 1 ? `1/${1 / one}` : `${one}×`}</option>)}
          </select>
        </label>
        <GapButton spans={spans} at={here} onSeek={onSeek} />
        <MotionButtons motion={motion} at={here} onSeek={onSeek} />
        <strong className="player-time"><time>{clockTime(here)}</time></strong>
      </div>
    </div>
  );
}

function GapButton({ spans, at, onSeek }: { spans: Span[]; at: WallTicks; onSeek: (at: WallTicks) => void }) {
  const next = neighbouringGap(spans, at, 1);
  return <Button small isDisabled={next === null} onPress={() => { if (next !== null) onSeek(next); }}>Next gap</Button>;
}

/** From movement to movement; nothing where nobody looks for it. */
function MotionButtons({ motion, at, onSeek }: { motion: MotionSpan[]; at: WallTicks; onSeek: (at: WallTicks) => void }) {
  if (motion.length === 0) return null;
  const go = (direction: 1 | -1, label: string) => {
    const to = neighbouringMotion(motion, at, direction);
    return <Button small isDisabled={to === null} onPress={() => { if (to !== null) onSeek(to); }}>{label}</Button>;
  };
  return <>{go(-1, "Previous motion")}{go(1, "Next motion")}</>;
}

/** What covers the picture: loading, a gap with its cause, trouble. */
function PlayerVeil({ state, spans, latest, onSeek, onAgain }: { state: PlaybackState; spans: Span[]; latest: WallTicks | null; onSeek: (at: WallTicks) => void; onAgain: () => void }) {
  if (state.kind === "showing") return null;
  if (state.kind === "loading") return <div className="player-veil" role="status"><span className="quiet">Loading {clockTime(state.at)}</span></div>;
  if (state.kind === "failed") {
    const problem: Problem = problemOf(state.error);
    return <div className="player-veil player-veil-solid"><ProblemFace problem={problem} action={isForGood(problem) ? undefined : <Button onPress={onAgain}>Try again</Button>} /></div>;
  }
  const span = spanAt(spans, state.at);
  const until = state.until;
  return (
    <div className="player-veil player-veil-solid" role="status">
      <strong>No footage at {clockTime(state.at)}</strong>
      <span>{span === null ? "Nothing was recorded here." : words(span)}</span>
      {until !== null ? <Button onPress={() => { onSeek(until); }}>Go on at {clockTime(until)}</Button> : latest !== null ? <Button onPress={() => { onSeek(plus(latest, seconds(-10))); }}>Newest footage, {clockTime(latest)}</Button> : null}
    </div>
  );
}
