import { useEffect, useState } from "react";
import type { Answer, Problem } from "../../shared/api/client";
import type { SetUpPicture } from "./api/commissioning";

export type PictureState =
  | { kind: "loading" }
  | { kind: "shown"; picture: SetUpPicture; /** What went wrong with the next one. */ trouble: Problem | null }
  | { kind: "refused"; problem: Problem };

type Ask = (signal: AbortSignal) => Promise<Answer<SetUpPicture>>;

/** After a refusal that may pass, so long until the next try. */
const AGAIN_MS = 3000;
const MAY_PASS = [0, 429, 502, 503, 504];

/** Asks for a picture, and where `everyMs` is given for the next one so long after each. A look that has ended is not asked again. `ask` must stay the same. */
export function usePicture(ask: Ask, everyMs: number | null): PictureState {
  const [state, setState] = useState<PictureState>({ kind: "loading" });
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      void ask(abort.signal).then((answer) => {
        if (abort.signal.aborted) return;
        if (answer.ok) setState({ kind: "shown", picture: answer.value, trouble: null });
        else setState((before) => (before.kind === "shown" && MAY_PASS.includes(answer.problem.status) ? { ...before, trouble: answer.problem } : { kind: "refused", problem: answer.problem }));
        if (answer.ok && everyMs !== null) timer = setTimeout(next, everyMs);
        else if (!answer.ok && MAY_PASS.includes(answer.problem.status)) timer = setTimeout(next, AGAIN_MS);
      }).catch(() => { /* given up: the page is gone */ });
    };
    next();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [ask, everyMs]);
  return state;
}
