import type { Device } from "../device.ts";
import type { Sighting } from "../device-registry.ts";

/** That a device in memory came again, with nothing new but the time. */
export interface Revisit {
  readonly deviceId: string;
  /** When it came last: Unix milliseconds, as the sightings have it. */
  at: number;
  /** Since when it waits to be written, by our own clock. */
  readonly since: number;
  isWaiting: boolean;
}

/** Whether a sighting tells only that the device came again: let in, from where and as whom it came last. Most do. */
export function isRevisit(device: Device, { at, address, refusal, clientId }: Sighting): boolean {
  return (
    refusal === undefined &&
    device.lastSeenAt !== undefined &&
    at >= device.lastSeenAt &&
    (address === undefined || address === device.lastAddress) &&
    (clientId === undefined || clientId === device.clientIds.at(-1))
  );
}

/** Revisits that wait: a number for each device, where a sighting takes objects, a message and a write. Bounded. */
export class Revisits {
  readonly #limit: number;
  /** In the order they began to wait; those that wait no more are passed over. */
  #queue: Revisit[] = [];
  #passed = 0;
  #waiting = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting;
  }

  /** The revisit as it is to be remembered of the device, given what was; `undefined` when there is no room. */
  note(before: Revisit | undefined, { deviceId, at }: Sighting, now: number): Revisit | undefined {
    if (before?.isWaiting) {
      if (at > before.at) before.at = at;
      return before;
    }
    if (this.#queue.length - this.#passed >= this.#limit) return undefined;
    const revisit = { deviceId, at, since: now, isWaiting: true };
    this.#queue.push(revisit);
    this.#waiting++;
    return revisit;
  }

  /** What is to be written of a revisit, if anything is: it waits no more. */
  end(revisit: Revisit | undefined): Sighting | undefined {
    if (!revisit?.isWaiting) return undefined;
    revisit.isWaiting = false;
    this.#waiting--;
    return { deviceId: revisit.deviceId, at: revisit.at };
  }

  /** Ends the oldest that have waited since `until` or longer, `most` of them at most. */
  endUntil(until: number, most: number): Sighting[] {
    const ended: Sighting[] = [];
    for (; ended.length < most; this.#passed++) {
      const revisit = this.#queue[this.#passed];
      if (revisit === undefined || (revisit.isWaiting && revisit.since > until)) break;
      const sighting = this.end(revisit);
      if (sighting !== undefined) ended.push(sighting);
    }
    // moving the rest up costs with its length, so not each time
    if (this.#passed > 1024 && this.#passed * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#passed);
      this.#passed = 0;
    }
    return ended;
  }
}
