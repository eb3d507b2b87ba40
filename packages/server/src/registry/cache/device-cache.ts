import type { Device } from "../device.ts";
import { type DeviceRegistry, isReadable } from "../device-registry.ts";
import { frozenDevice } from "./fold-sighting.ts";
import type { Revisited } from "./revisits.ts";
import { TwoGenerations } from "./two-generations.ts";

/** A known device, or (`undefined`) one known to have no row. Replaced in place when a sighting is noted. */
export interface KnownDevice extends Revisited {
  /** The row has more than this by now, but nothing that narrows it: good enough while the store cannot be read. */
  stale?: true | undefined;
}

/** One object for each device in memory, and for all of its client ids there. */
class CachedDevice implements KnownDevice {
  device: Device | undefined;
  stale: true | undefined;
  again: number | undefined;
  waits: number | undefined;
  constructor(device: Device | undefined) {
    this.device = device;
    this.stale = undefined;
    this.again = undefined;
    this.waits = undefined;
  }
}

interface KnownOwner {
  owner: string | undefined;
  /** `#ownersVersion` when it was read. */
  version: number;
}

export interface DeviceCacheOptions {
  maxDevices: number;
  goOnForMs: () => number;
  nowMs: () => number;
  /** Adds to a row what is noted but not written yet. */
  withPending: (device: Device) => Device;
  /** An entry is given up: what it alone knows has to be kept, so that `withPending` has it. */
  beforeGone: (known: KnownDevice) => void;
}

/** What was read from the store: bounded, dropped when it changes, good for a while when the store is away. */
export class DeviceCache {
  readonly #registry: Pick<DeviceRegistry, "find" | "findClientIdOwner" | "health">;
  readonly #options: DeviceCacheOptions;
  readonly #devices: TwoGenerations<CachedDevice>;
  /** A device in memory is the owner of the client ids that it lists. */
  readonly #owners: TwoGenerations<KnownOwner | CachedDevice>;
  readonly #filling = new Map<string, Promise<Device | undefined>>();
  /** Counts what may have changed the owner of any client id. */
  #ownersVersion = 0;
  #epoch: number | undefined;
  #unreadableSince: number | undefined;
  #hits = 0;
  #misses = 0;

  constructor(registry: Pick<DeviceRegistry, "find" | "findClientIdOwner" | "health">, options: DeviceCacheOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#devices = new TwoGenerations(options.maxDevices, ({ device }) => device?.id);
    this.#owners = new TwoGenerations(options.maxDevices);
    this.#epoch = registry.health().epoch;
  }

  counters(): { hits: number; misses: number; evicted: number; devices: number } {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evicted: this.#devices.evicted + this.#owners.evicted,
      devices: this.#devices.size,
    };
  }

  /** Follows the store's health. True while it can be read; false, or `expired` when it has been away for too long. */
  readability(): boolean | "expired" {
    const { state, since, epoch } = this.#registry.health();
    if (!isReadable(state)) {
      this.#unreadableSince ??= since;
      return this.#options.nowMs() - this.#unreadableSince >= this.#options.goOnForMs() ? "expired" : false;
    }
    if (this.#unreadableSince !== undefined || epoch !== this.#epoch) this.#clear();
    this.#unreadableSince = undefined;
    this.#epoch = epoch;
    return true;
  }

  peek(id: string): KnownDevice | undefined {
    const readability = this.readability();
    if (readability === "expired") return undefined;
    const known = this.#devices.get(id);
    if (known === undefined || (known.device === undefined && !readability)) return undefined;
    if (known.stale && readability) return undefined;
    this.#hits++;
    return known;
  }

  /** Asks the store. An answer that was overtaken by a change is given but not kept. */
  find(id: string): Device | undefined | Promise<Device | undefined> {
    this.#misses++;
    const filling = this.#filling.get(id);
    if (filling !== undefined) return filling;
    const answer = this.#registry.find(id);
    if (!(answer instanceof Promise)) return this.#keep(id, answer);
    const own = answer.then(
      (device) => {
        if (this.#filling.get(id) !== own) return device && this.#options.withPending(frozenDevice(device));
        this.#filling.delete(id);
        return this.#keep(id, device);
      },
      (error) => {
        if (this.#filling.get(id) === own) this.#filling.delete(id);
        throw error;
      },
    );
    this.#filling.set(id, own);
    return own;
  }

  peekOwner(clientId: string): { owner: string | undefined } | undefined {
    const readability = this.readability();
    if (readability === "expired") return undefined;
    const known = this.#owners.get(clientId);
    if (known === undefined) return undefined;
    const owner = known instanceof CachedDevice ? known.device?.id : known.owner;
    const version = known instanceof CachedDevice ? undefined : known.version;
    if (version === this.#ownersVersion && (readability || owner !== undefined)) return { owner };
    // a device in the cache is exact: it is dropped when it changes
    const still = owner !== undefined && this.#devices.peek(owner)?.device?.clientIds.includes(clientId);
    return still ? { owner } : undefined;
  }

  findOwner(clientId: string): string | undefined | Promise<string | undefined> {
    const version = this.#ownersVersion; // a change while the store is being asked makes the answer old at once
    const keep = (owner: string | undefined) => {
      this.#owners.set(clientId, { owner, version });
      return owner;
    };
    const answer = this.#registry.findClientIdOwner(clientId);
    return answer instanceof Promise ? answer.then(keep) : keep(answer);
  }

  /** What is kept of a device, without counting as a use. */
  entry(id: string): KnownDevice | undefined {
    return this.#devices.peek(id);
  }

  /** The device has changed: what was read of it, or is being read, counts no more. */
  forget(id: string): void {
    this.#giveUp(id);
    this.#devices.delete(id);
    this.#filling.delete(id);
    this.#ownersVersion++;
  }

  /** The row has grown, by a sighting for one: it is read again, but stands in while the store is away. */
  outdate(id: string): void {
    const known = this.#giveUp(id);
    if (known?.device !== undefined) known.stale = true;
    this.#filling.delete(id);
    this.#ownersVersion++;
  }

  /** A client id that the store has bound to a device: as good as read while the device in memory says so too. */
  bound(clientId: string, deviceId: string): void {
    this.#owners.set(clientId, this.#devices.peek(deviceId) ?? { owner: deviceId, version: -1 });
  }

  /** A device that has just got its row: to be read, but it stands in while the store is away. */
  arrived(device: Device): void {
    this.#keep(device.id, device);
    this.outdate(device.id);
  }

  #giveUp(id: string): CachedDevice | undefined {
    const known = this.#devices.peek(id);
    if (known !== undefined) this.#options.beforeGone(known);
    return known;
  }

  #keep(id: string, row: Device | undefined): Device | undefined {
    const before = this.#giveUp(id);
    const device = row && this.#options.withPending(frozenDevice(row));
    const known = before ?? new CachedDevice(device);
    known.device = device;
    known.stale = undefined;
    known.again = undefined;
    this.#devices.set(id, known);
    if (device !== undefined) for (const clientId of device.clientIds) this.#owners.set(clientId, known);
    return device;
  }

  #clear(): void {
    this.#devices.clear();
    this.#owners.clear();
    this.#filling.clear();
    this.#ownersVersion++;
  }
}
