import type { Device } from "../device.ts";
import { type NewDevice, StoreUnavailable } from "../device-registry.ts";
import { frozenDevice } from "./fold-sighting.ts";
import { OrderedMap } from "./ordered-map.ts";
import { ShardedMap } from "./sharded-map.ts";

export interface EnrollingDevice {
  readonly given: NewDevice;
  /** As it will be found in the store. */
  device: Device;
  /** While it travels to the store: settles when it has arrived or come back. */
  journey?: Promise<void>;
}

export interface PendingEnrolmentsOptions {
  limit: number;
  /** Resolves with how many of the rows are new. */
  enrol: (devices: NewDevice[]) => Promise<number>;
  /** The device has a row now: this one when `isNew` is true, otherwise perhaps an older one. */
  onArrival: (device: Device, isNew: boolean) => void;
}

/** Devices that enrolled themselves and wait for the store: bounded, found at once through `get` and `ownerOf`. */
export class PendingEnrolments {
  readonly #options: PendingEnrolmentsOptions;
  readonly #devices = new OrderedMap<EnrollingDevice>(10_000);
  readonly #owners: ShardedMap<string>;
  #refused = 0;
  #failed = 0;

  constructor(options: PendingEnrolmentsOptions) {
    this.#options = options;
    this.#owners = new ShardedMap(options.limit);
  }

  get size(): number {
    return this.#devices.size;
  }

  /** Devices for which there was no room. */
  get refused(): number {
    return this.#refused;
  }

  /** Devices the store would not take for a reason that does not pass. */
  get failed(): number {
    return this.#failed;
  }

  note(given: NewDevice): boolean {
    if (this.#devices.size >= this.#options.limit) {
      this.#refused++;
      return false;
    }
    const clientIds = (given.clientIds ?? []).filter((clientId) => !this.#owners.has(clientId));
    for (const clientId of clientIds) this.#owners.set(clientId, given.id);
    this.#devices.set(given.id, { given, device: enrolledDevice(given, clientIds) });
    return true;
  }

  get(id: string): EnrollingDevice | undefined {
    return this.#devices.get(id);
  }

  ownerOf(clientId: string): string | undefined {
    return this.#owners.get(clientId);
  }

  /** It has a row now, or is not to get one: the row counts from here on. */
  forget(id: string): void {
    const enrolling = this.#devices.get(id);
    if (enrolling === undefined) return;
    this.#devices.delete(id);
    for (const clientId of enrolling.given.clientIds ?? []) {
      if (this.#owners.get(clientId) === id) this.#owners.delete(clientId);
    }
  }

  /** Takes a device back that an operator is about to add; one that travels already arrives first. */
  async withdraw(id: string): Promise<NewDevice | undefined> {
    for (;;) {
      const enrolling = this.#devices.get(id);
      if (enrolling?.journey === undefined) {
        this.forget(id);
        return enrolling?.given;
      }
      await enrolling.journey.catch(onlyUnavailable);
    }
  }

  /**
   * Sends this device, or the next `size` that wait; resolves with how many were sent when all have rows. When the
   * store is unavailable they stay and wait.
   * @throws StoreUnavailable
   */
  async send(which: { id: string } | { size: number }): Promise<number> {
    if ("id" in which) await this.#devices.get(which.id)?.journey;
    const batch: EnrollingDevice[] = [];
    if ("id" in which) {
      const enrolling = this.#devices.get(which.id);
      if (enrolling !== undefined && enrolling.journey === undefined) batch.push(enrolling);
    } else {
      for (const [, enrolling] of this.#devices.entries()) {
        if (enrolling.journey === undefined) batch.push(enrolling);
        if (batch.length === which.size) break;
      }
    }
    if (batch.length === 0) return 0;
    const journey = Promise.resolve().then(() => this.#travel(batch)); // later than the next line, whatever the store
    for (const enrolling of batch) enrolling.journey = journey;
    await journey;
    return batch.length;
  }

  async #travel(batch: EnrollingDevice[]): Promise<void> {
    let added: number;
    try {
      added = await this.#options.enrol(batch.map(({ given }) => given));
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const enrolling of batch) delete enrolling.journey;
        throw error;
      }
      this.#failed += batch.length;
      for (const { given } of batch) this.forget(given.id);
      throw error;
    }
    for (const enrolling of batch) {
      const { id } = enrolling.given;
      if (this.#devices.get(id) === enrolling) this.forget(id);
      this.#options.onArrival(enrolling.device, added === batch.length);
    }
  }
}

function enrolledDevice(given: NewDevice, clientIds: string[]): Device {
  const { kind = "device", rules = [], ...others } = given;
  return frozenDevice({ minKeyGeneration: 0, attributes: {}, ...others, kind, rules, clientIds });
}

function onlyUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}
