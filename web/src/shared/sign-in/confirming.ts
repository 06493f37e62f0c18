// Some acts ask that password and second factor were shown within the last minutes. The recorder says so with a problem of its own; then
// the dialog asks for both, and the act is repeated.

/** The problem that asks for it. */
export const CONFIRM = "/problems/confirm-sign-in";

type Asker = () => Promise<boolean>;

let asker: Asker | null = null;
let asking: Promise<boolean> | null = null;

/** The dialog of the page puts itself here; gives what takes it away. */
export function setAsker(next: Asker): () => void {
  asker = next;
  return () => {
    if (asker !== next) return;
    asker = null;
    asking = null;
  };
}

/** Asks the person once, however many acts wait for it; whether both were shown. */
export async function confirmSignIn(): Promise<boolean> {
  if (asker === null) return false;
  if (asking !== null) return asking;
  const mine: Promise<boolean> = asker().finally(() => { if (asking === mine) asking = null; });
  asking = mine;
  return mine;
}
