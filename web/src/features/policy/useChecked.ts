import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { Problem } from "../../shared/api/client";
import type { PolicyReading } from "../../shared/api/types";
import { askCheck } from "./api/policy";

export type CheckState = { kind: "waiting" } | { kind: "checked"; reading: PolicyReading } | { kind: "failed"; problem: Problem };

export interface Checking {
  /** Reads the text now; `null` when no answer came, or the text changed meanwhile. */
  check: () => Promise<PolicyReading | null>;
  /** The newest answer. */
  state: CheckState;
  /** Whether it is about what stands there now. */
  current: boolean;
  asking: boolean;
}

/** A pause in typing after which the file is read. */
const PAUSE_MS = 700;

/** Has the recorder read a text a moment after it stopped changing, or at once when asked. Only the newest answer counts. */
export function useChecked(text: string): Checking {
  const [answer, setAnswer] = useState<{ of: string | null; state: CheckState }>({ of: null, state: { kind: "waiting" } });
  const [asking, setAsking] = useState(false);
  const under = useRef<AbortController | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const check = async (): Promise<PolicyReading | null> => {
    clearTimeout(timer.current);
    under.current?.abort();
    const mine = new AbortController();
    under.current = mine;
    setAsking(true);
    const found = await askCheck(text, mine.signal).catch(() => null);
    if (found === null || mine.signal.aborted) return null;
    setAsking(false);
    setAnswer({ of: text, state: found.ok ? { kind: "checked", reading: found.value } : { kind: "failed", problem: found.problem } });
    return found.ok ? found.value : null;
  };

  const checkSoon = useEffectEvent(() => { void check(); });
  useEffect(() => {
    timer.current = setTimeout(() => { checkSoon(); }, PAUSE_MS);
    return () => { clearTimeout(timer.current); };
  }, [text]);
  useEffect(() => () => { under.current?.abort(); }, []);

  return { check, state: answer.state, current: answer.of === text, asking };
}
