// A picture to draw on: one still under a look of its own, which ends as soon as the picture is there.

import { useEffect, useState } from "react";
import type { Problem } from "../../shared/api/client";
import { askLook, endLook, getStill } from "../../shared/api/looks";
import type { WallTicks } from "../../shared/time/units";

const WIDTH = 960;

interface Asked {
  camera: string;
  stream: string;
  from: WallTicks;
  to: WallTicks;
  at: WallTicks;
  reason: string;
}

export interface StillState {
  /** Address of the picture in this page. */
  url: string | null;
  pending: boolean;
  problem: Problem | null;
  ask: (asked: Asked) => Promise<void>;
  forget: () => void;
}

export function useStill(): StillState {
  const [url, setUrl] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => () => { if (url !== null) URL.revokeObjectURL(url); }, [url]);

  const ask = async ({ camera, stream, from, to, at, reason }: Asked) => {
    setPending(true);
    setProblem(null);
    const look = await askLook([camera], from, to, reason);
    if (!look.ok) {
      setProblem(look.problem);
    } else {
      const still = await getStill(look.value.id, camera, stream === "sub" ? "sub" : "main", at, WIDTH, new AbortController().signal);
      void endLook(look.value.id);
      if (still.ok) setUrl(URL.createObjectURL(still.value.file));
      else setProblem(still.problem);
    }
    setPending(false);
  };
  return { url, pending, problem, ask, forget: () => { setUrl(null); setProblem(null); } };
}
