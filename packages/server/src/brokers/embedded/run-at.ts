/** Longest single wait. `setTimeout` fires at once beyond 2^31 ms, and a clock that is set is noticed within this. */
const longestWaitMs = 60_000;

/**
 * Runs an action once the clock shows a time (Unix milliseconds); at once if it already does. Follows the clock when
 * it is set. Returns the way to cancel. Does not keep the process alive.
 */
export function runAt(atMs: number, nowMs: () => number, action: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const step = () => {
    const leftMs = atMs - nowMs();
    if (leftMs <= 0) {
      action();
      return;
    }
    timer = setTimeout(step, Math.min(leftMs, longestWaitMs));
    timer.unref();
  };
  step();
  return () => clearTimeout(timer);
}
