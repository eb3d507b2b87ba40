import { setTimeout as sleep } from "node:timers/promises";
import type { Lane } from "./lane.ts";
import type { WitnessedEvent } from "./loan.ts";

const lookEveryMs = 250;

/**
 * What Connack wrote down about a client id at EMQX, once all these types are there or the time is over. What the embedded
 * broker tells does not count: a listener may have turned out to be its own, as when EMQX runs in a container with other
 * ports outside.
 */
export async function waitForEvents(
  lane: Lane,
  clientId: string,
  sinceMs: number,
  types: readonly string[],
  withinMs: number,
): Promise<WitnessedEvent[]> {
  const end = performance.now() + withinMs;
  for (;;) {
    const events = (await lane.events(clientId, sinceMs)).filter(({ broker }) => broker === "emqx");
    if (types.every((type) => events.some((event) => event.type === type))) return events;
    if (performance.now() >= end) return events;
    await sleep(lookEveryMs, undefined, { signal: lane.signal });
  }
}
