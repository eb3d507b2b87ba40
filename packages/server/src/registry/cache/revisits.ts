import type { Device } from "../device.ts";
import type { Sighting } from "../device-registry.ts";
import type { KnownDevice } from "./device-cache.ts";

/** That a device in memory came again, with nothing new but the time. */
export interface Revisit {
  /** When it came last: Unix milliseconds, as the sightings have it. */
  at: number;
  /** Since when that waits to be written, by our own clock. */
  readonly since: number;
}

/**
 * Whether a sighting tells nothing but that the device came again: let in, from where and as whom it came last. Most do.
 */
export function isRevisit(device: Device, { at, address, refusal, clientId }: Sighting): boolean {
  return (
    refusal === undefined &&
    device.lastSeenAt !== undefined &&
    at >= device.lastSeenAt &&
    (address === undefined || address === device.lastAddress) &&
    (clientId === undefined || clientId === device.clientIds.at(-1))
  );
}

/** Revisits that wait: a number for each device, where a sighting takes objects, messages and a write. Bounded. */
export class Revisits {
  readonly #limit: number;
  #waiting: KnownDevice[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.length - this.#taken;
  }

  /** False when there is no room. */
  note(known: KnownDevice, at: number, now: number): boolean {
    const { again } = known;
    if (again !== undefined) {
      again.at = Math.max(again.at, at);
      return true;
    }
    if (this.size >= this.#limit) return false;
    known.again = { at, since: now };
    this.#waiting.push(known);
    return true;
  }

  /** Takes out the oldest that have waited since `until` or longer, `most` of them at most. */
  take(until: number, most: number): Sighting[] {
    const taken: Sighting[] = [];
    while (taken.length < most && this.#taken < this.#waiting.length) {
      const known = this.#waiting[this.#taken] as KnownDevice;
      if (known.again !== undefined && known.again.since > until) break;
      this.#taken++;
      const sighting = takeRevisit(known);
      if (sighting !== undefined) taken.push(sighting);
    }
    // moving the rest up costs with its length, so not each time
    if (this.#taken > 1024 && this.#taken * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return taken;
  }
}

/** What is to be written of a device that came again; it does not wait any more. */
export function takeRevisit(known: KnownDevice): Sighting | undefined {
  const { device, again } = known;
  if (device === undefined || again === undefined) return undefined;
  known.again = undefined;
  return { deviceId: device.id, at: again.at };
}
