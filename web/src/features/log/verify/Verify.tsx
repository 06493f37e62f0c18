import { useState } from "react";
import type { LogEntry } from "../../../shared/api/types";
import { Button, Notice } from "../../../shared/ui/parts";
import type { Bytes } from "./bytes";
import { check, type Outcome } from "./check";
import { forget, recall, remember } from "./remembered";

async function fetchBytes(address: string): Promise<Bytes> {
  const answer = await fetch(`/log/v1/${address}`, { cache: address === "checkpoint" ? "no-store" : "default" });
  if (!answer.ok) throw new Error(`The recorder gives no ${address} (status ${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Checks the log, and an entry if one is given, in this browser: nothing but signatures and hashes is believed. */
export function Verify({ shownKey, entry = null }: { shownKey: string; entry?: LogEntry | null }) {
  const [found, setFound] = useState<Outcome | "checking" | null>(null);
  const verify = async () => {
    setFound("checking");
    try {
      const outcome = await check({ fetchBytes, shownKey, remembered: recall(), entry });
      if (outcome.remember !== null) remember(outcome.remember);
      setFound(outcome);
    } catch (error) {
      const words = error instanceof Error ? error.message : "Something in this page failed.";
      setFound({ lines: [{ good: false, words: `It could not be checked. ${words}` }], remember: null });
    }
  };
  const outcome = found === "checking" ? null : found;
  return (
    <div className="stack-small verify">
      <div><Button small={entry !== null} isPending={found === "checking"} onPress={() => { void verify(); }}>{entry === null ? "Verify in this browser" : "Verify this entry"}</Button></div>
      {outcome === null ? null : <Told outcome={outcome} onForget={() => { forget(); setFound(null); }} />}
    </div>
  );
}

function Told({ outcome, onForget }: { outcome: Outcome; onForget: () => void }) {
  const isGood = outcome.lines.every((line) => line.good);
  return (
    <>
      {isGood ? null : <Notice tone="bad"><p><strong>This log does not verify.</strong> Do not rely on it. Keep what this page says, and tell whoever audits the site.</p></Notice>}
      <div role="status" aria-label="What the check found">
        <ul className="verify-lines">
          {outcome.lines.map((line) => <li key={line.words} className={line.good ? "verify-good" : "verify-bad"}><span aria-hidden="true">{line.good ? "✓" : "✕"}</span><span>{line.words}</span></li>)}
        </ul>
      </div>
      {isGood ? null : <p className="small quiet">If you know why, for example because a new recorder took the place of the old one: <Button small look="quiet" onPress={onForget}>Forget what this browser remembers of the log</Button></p>}
    </>
  );
}
