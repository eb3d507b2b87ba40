import { type Device, maxClientIds } from "../device.ts";
import type { Sighting } from "../device-registry.ts";
import { foldSighting } from "./fold-sighting.ts";
import { OrderedMap } from "./ordered-map.ts";
import { ShardedMap } from "./sharded-map.ts";

/** What was noted of one device since the last flush, folded: a device that connects a thousand times is one entry. */
interface PendingDevice {
  /** The first allowed attempt; its client id is bound by `byClientId` or not at all. */
  first?: Sighting;
  /** The latest allowed one without a client id to bind. */
  allowed?: Sighting;
  refused?: Sighting;
  /** The latest allowed one of each client id to bind, in the order of use. */
  byClientId?: Map<string, Sighting>;
  /** Counts the notes, so that a flush sees whether more came meanwhile. */
  version: number;
}

export interface SightingBatch {
  sightings: Sighting[];
  devices: { id: string; pending: PendingDevice; version: number }[];
}

/** Sightings that wait for the store: bounded, visible at once through `applyTo` and `ownerOf`. */
export class PendingSightings {
  readonly #limit: number;
  readonly #devices: OrderedMap<PendingDevice>;
  /** By client id: the device it counts as bound to from now on. */
  readonly #owners: ShardedMap<string>;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#devices = new OrderedMap(limit);
    this.#owners = new ShardedMap(limit);
  }

  get size(): number {
    return this.#devices.size;
  }

  /** Sightings of devices for which there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param bind the client id is free or the device's own: it counts as bound from now on */
  note(sighting: Sighting, bind: boolean): boolean {
    const { deviceId, clientId } = sighting;
    const pending = this.#devices.get(deviceId) ?? { version: 0 };
    if (pending.version === 0) {
      if (this.#devices.size >= this.#limit) {
        this.#dropped++;
        return false;
      }
      this.#devices.set(deviceId, pending);
    }
    pending.version++;
    if (sighting.refusal !== undefined) {
      pending.refused = later(pending.refused, sighting);
      return true;
    }
    pending.first ??= sighting;
    if (clientId === undefined) {
      pending.allowed = later(pending.allowed, sighting);
      return true;
    }
    pending.byClientId ??= new Map();
    pending.byClientId.delete(clientId); // now the latest
    pending.byClientId.set(clientId, sighting);
    if (bind) this.#owners.set(clientId, deviceId);
    const [oldest] = pending.byClientId.keys();
    if (oldest !== undefined && pending.byClientId.size > maxClientIds) {
      pending.byClientId.delete(oldest);
      this.#unbind(oldest, deviceId);
    }
    return true;
  }

  ownerOf(clientId: string): string | undefined {
    return this.#owners.get(clientId);
  }

  /** The device with what is still to be written. */
  applyTo(device: Device): Device {
    const pending = this.#devices.get(device.id);
    if (pending === undefined) return device;
    let folded = device;
    for (const sighting of sightingsOf(pending)) {
      const bound = sighting.clientId !== undefined && this.#owners.get(sighting.clientId) === device.id;
      folded = foldSighting(folded, bound ? sighting : withoutClientId(sighting));
    }
    return folded;
  }

  /** The operator has decided on the device's client ids: what was noted before binds none any more. */
  forgetClientIds(deviceId: string): void {
    const pending = this.#devices.get(deviceId);
    if (pending?.byClientId === undefined) return;
    for (const [clientId, sighting] of pending.byClientId) {
      pending.allowed = later(pending.allowed, withoutClientId(sighting));
      this.#unbind(clientId, deviceId);
    }
    delete pending.byClientId;
    pending.version++;
  }

  /**
   * Everything that waits, in the order it was noted, in batches of at most `size` sightings; `size` is more than one
   * device can have. They stay here, and visible, until `settle`.
   */
  *batches(size: number, notYet: (deviceId: string) => boolean): Generator<SightingBatch> {
    let batch: SightingBatch = { sightings: [], devices: [] };
    let left = this.#devices.size; // those noted first from now on are for the next time
    for (const [id, pending] of this.#devices.entries()) {
      if (left-- === 0) break;
      const sightings = notYet(id) ? [] : sightingsOf(pending);
      // also when it is short: whoever asks for batches gets a turn after so many devices, whatever becomes of them
      if (batch.sightings.length + sightings.length > size || left % size === 0) {
        yield batch;
        batch = { sightings: [], devices: [] };
      }
      if (sightings.length === 0) continue;
      batch.sightings.push(...sightings);
      batch.devices.push({ id, pending, version: pending.version });
    }
    yield batch;
  }

  /** The batch is in the store. A device noted again meanwhile is written once more: folding twice is harmless. */
  settle(batch: SightingBatch): void {
    for (const { id, pending, version } of batch.devices) {
      if (pending.version !== version) {
        this.#devices.set(id, pending); // to the end: what comes together goes together
        continue;
      }
      for (const clientId of pending.byClientId?.keys() ?? []) this.#unbind(clientId, id);
      this.#devices.delete(id);
    }
  }

  #unbind(clientId: string, deviceId: string): void {
    if (this.#owners.get(clientId) === deviceId) this.#owners.delete(clientId);
  }
}

/** The first attempt is most often the only one: once is enough. */
function sightingsOf({ first, allowed, refused, byClientId }: PendingDevice): Sighting[] {
  const sightings: Sighting[] = byClientId === undefined ? [] : [...byClientId.values()];
  if (first !== undefined && first !== allowed && !sightings.includes(first)) sightings.unshift(withoutClientId(first));
  if (allowed !== undefined) sightings.push(allowed);
  if (refused !== undefined) sightings.push(refused);
  return sightings;
}

/** The sighting, or a copy of it, that binds nothing. */
export function withoutClientId(sighting: Sighting): Sighting {
  const { deviceId, at, address, refusal, clientId } = sighting;
  if (clientId === undefined) return sighting;
  const others: Sighting = { deviceId, at };
  if (address !== undefined) others.address = address;
  if (refusal !== undefined) others.refusal = refusal;
  return others;
}

function later(one: Sighting | undefined, other: Sighting): Sighting {
  return one !== undefined && one.at > other.at ? one : other;
}
