import { setTimeout as sleep } from "node:timers/promises";
import type { Lane } from "./lane.ts";
import type { WitnessedEvent } from "./loan.ts";

const lookEveryMs = 250;

/** What Connack wrote down about a client id, once all these types are there or the time is over. */
export async function waitForEvents(
  lane: Lane,
  clientId: string,
  sinceMs: number,
  types: readonly string[],
  withinMs: number,
): Promise<WitnessedEvent[]> {
  const end = performance.now() + withinMs;
  for (;;) {
    const events = await lane.events(clientId, sinceMs);
    if (types.every((type) => events.some((event) => event.type === type))) return events;
    if (performance.now() >= end) return events;
    await sleep(lookEveryMs, undefined, { signal: lane.signal });
  }
}
