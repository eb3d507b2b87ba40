/**
 * Runs `work` with a signal that is aborted after `ms`, or when `stop` is. Rejects with what the work rejects with, that it
 * took too long, or the reason of `stop`: also where the work does not look at its signal.
 */
export async function inTime<T>(
  ms: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  stop.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const stopped = () => controller.abort(stop.reason);
  stop.addEventListener("abort", stopped, { once: true });
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${ms / 1000} s`)), ms);
  try {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    return await Promise.race([work(signal), aborted]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", stopped);
  }
}
