// A permission to look, kept alive while the page stands and ended when it goes.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Problem } from "../../shared/api/client";
import { askLook, endLook, renewLook } from "../../shared/api/looks";
import { policyKey } from "../../shared/api/policy";
import type { Look } from "../../shared/api/types";
import { negative, plus, seconds, type WallTicks, wallTicks } from "../../shared/time/units";

/** Half an hour to each side: the most a look may cover is an hour. */
const HALF = seconds(1799);

/** What a look may cover at most: a grant's footage, or what somebody on watch has just seen. */
export interface Within {
  from: WallTicks;
  to: WallTicks;
}

/** Half an hour to each side of a moment, as far as that may be looked at. */
export const around = (at: WallTicks, within: Within): Within => ({
  from: wallTicks(Math.max(plus(at, negative(HALF)), within.from)),
  to: wallTicks(Math.min(plus(at, HALF), within.to)),
});

export interface LookState {
  look: Look | null;
  asking: boolean;
  problem: Problem | null;
  ask: (camera: string, at: WallTicks, reason: string, within: Within) => Promise<void>;
  end: () => void;
}

export function useLook(): LookState {
  const [look, setLook] = useState<Look | null>(null);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const current = useRef<string | null>(null);
  const queries = useQueryClient();

  // A version that came into force meanwhile is to be accepted first: the frame asks for that as soon as it knows.
  const refuse = useCallback((why: Problem) => {
    setProblem(why);
    if (why.kind === "/problems/policy-not-accepted") void queries.invalidateQueries({ queryKey: policyKey });
  }, [queries]);

  const end = useCallback(() => {
    if (current.current !== null) void endLook(current.current);
    current.current = null;
    setLook(null);
  }, []);

  const ask = useCallback(async (camera: string, at: WallTicks, reason: string, within: Within) => {
    end();
    setAsking(true);
    setProblem(null);
    const { from, to } = around(at, within);
    const answer = await askLook([camera], from, to, reason);
    setAsking(false);
    if (answer.ok) {
      current.current = answer.value.id;
      setLook(answer.value);
    } else refuse(answer.problem);
  }, [end, refuse]);

  // Renewing writes another entry; a look that cannot be renewed is over.
  useEffect(() => {
    if (look === null) return;
    const timer = setTimeout(() => {
      void renewLook(look.id).then((answer) => {
        if (current.current !== look.id) return;
        if (answer.ok) setLook(answer.value);
        else {
          current.current = null;
          setLook(null);
          refuse(answer.problem);
        }
      });
    }, Math.max(1000, look.lapses_in_ms - (look.under === "replay" ? 0 : 60_000)));
    return () => { clearTimeout(timer); };
  }, [look, refuse]);

  useEffect(() => () => { if (current.current !== null) void endLook(current.current); }, []);

  return { look, asking, problem, ask, end };
}
