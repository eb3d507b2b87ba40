import type { Device } from "../device.ts";
import type { Sighting } from "../device-registry.ts";

/** A device in memory, as far as revisits go. */
export interface Revisited {
  device: Device | undefined;
  /** How many milliseconds after `device.lastSeenAt` it came last, with nothing new but the time. */
  again?: number | undefined;
  /** Set while that waits to be written: its place in the queue. */
  waits?: number | undefined;
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

/** That a device came again, as a sighting; `undefined` when it did not. */
export function lastRevisit({ device, again }: Revisited): Sighting | undefined {
  if (device?.lastSeenAt === undefined || again === undefined) return undefined;
  return { deviceId: device.id, at: device.lastSeenAt + again };
}

/**
 * Revisits that wait: two numbers in what memory has of the device, where a sighting takes objects, a message and a
 * write. Bounded.
 */
export class Revisits {
  readonly #limit: number;
  /** In the order they began to wait; those that wait no more, or at another place, are passed over. */
  #queue: Revisited[] = [];
  /** Since when each waits, by our own clock. */
  #since: number[] = [];
  /** Place in the queue of its first element, and of the first that was not passed. */
  #first = 0;
  #next = 0;
  #waiting = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting;
  }

  /** False when there is no room. The device was seen before `at`: see `isRevisit`. */
  note(known: Revisited, at: number, nowMs: () => number): boolean {
    const again = at - (known.device?.lastSeenAt ?? at);
    if (known.waits === undefined) {
      const place = this.#first + this.#queue.length;
      if (place - this.#next >= this.#limit) return false;
      this.#queue.push(known);
      this.#since.push(nowMs());
      known.waits = place;
      this.#waiting++;
    }
    if (known.again === undefined || again > known.again) known.again = again;
    return true;
  }

  /** What is to be written of a revisit, if anything is: it waits no more. */
  end(known: Revisited): Sighting | undefined {
    if (known.waits === undefined) return undefined;
    known.waits = undefined;
    this.#waiting--;
    return lastRevisit(known);
  }

  /** Ends the oldest that have waited since `until` or longer, `most` of them at most. */
  endUntil(until: number, most: number): Sighting[] {
    const ended: Sighting[] = [];
    for (; ended.length < most; this.#next++) {
      const index = this.#next - this.#first;
      const known = this.#queue[index];
      if (known === undefined) break;
      if (known.waits !== this.#next) continue;
      if ((this.#since[index] ?? 0) > until) break;
      const sighting = this.end(known);
      if (sighting !== undefined) ended.push(sighting);
    }
    // moving the rest up costs with its length, so not each time
    const passed = this.#next - this.#first;
    if (passed > 1024 && passed * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(passed);
      this.#since = this.#since.slice(passed);
      this.#first = this.#next;
    }
    return ended;
  }
}
