import { setTimeout as sleep } from "node:timers/promises";

/** Waits for something that has to come, for a minute at most; `otherwise` says what is there instead. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  otherwise: () => string,
  timeoutMs = 60_000,
): Promise<void> {
  const by = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > by) throw new Error(otherwise());
    await sleep(10);
  }
}
