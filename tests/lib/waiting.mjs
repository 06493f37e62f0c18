// Waiting for something to become true: asked again and again until a deadline, never a fixed sleep.

/** Milliseconds that pass; only for the pace of asking, and where the passing of time itself is what a test needs. */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Asks `probe` until it answers something truthy, and gives that answer.
 *
 * A probe that throws is asked again; what it threw last is part of the message when time is over. `alive` is asked
 * between two probes and throws when waiting has become pointless (the process ended).
 */
export async function until(what, probe, { seconds = 30, every = 100, alive = () => {} } = {}) {
  const deadline = Date.now() + seconds * 1000;
  let last = 'nothing yet';
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = `answered ${JSON.stringify(answer)}`;
    } catch (error) {
      if (error.pointless) throw error;
      last = error.message;
    }
    alive();
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s (${last})`);
    await pause(every);
  }
}

/** The answer, or an error that says what took too long. */
export async function within(what, seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
