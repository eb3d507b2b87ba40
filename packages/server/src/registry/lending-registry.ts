import type { CachedRegistry, CachedRegistryCounters } from "./cached-registry.ts";
import type { Device, DeviceStatus } from "./device.ts";
import type {
  DeviceChange,
  DeviceQuery,
  DeviceRights,
  NewDevice,
  Sighting,
  StoredGroupRights,
  StoreHealth,
} from "./device-registry.ts";
import type { LentDevices } from "./lent-devices.ts";

/**
 * The registry, and before it the throw-away devices of the moment: who asks for one by its name or client id finds it.
 * They are in no list and no count, nothing of them is stored, and nobody can change them.
 */
export class LendingRegistry implements CachedRegistry {
  readonly #registry: CachedRegistry;
  readonly #lent: LentDevices;

  constructor(registry: CachedRegistry, lent: LentDevices) {
    this.#registry = registry;
    this.#lent = lent;
  }

  peek(id: string): ReturnType<CachedRegistry["peek"]> {
    const device = this.#lent.find(id);
    return device ? { device, again: undefined, waits: undefined } : this.#registry.peek(id);
  }

  find(id: string): Device | undefined | Promise<Device | undefined> {
    return this.#lent.find(id) ?? this.#registry.find(id);
  }

  peekClientIdOwner(clientId: string): { readonly owner: string | undefined } | undefined {
    const owner = this.#lent.ownerOf(clientId);
    return owner === undefined ? this.#registry.peekClientIdOwner(clientId) : { owner };
  }

  findClientIdOwner(clientId: string): string | undefined | Promise<string | undefined> {
    return this.#lent.ownerOf(clientId) ?? this.#registry.findClientIdOwner(clientId);
  }

  noteSighting(sighting: Sighting): void {
    if (this.#lent.find(sighting.deviceId)) this.#lent.note(sighting);
    else this.#registry.noteSighting(sighting);
  }

  noteEnrolment(device: NewDevice): boolean {
    return this.#registry.noteEnrolment(device);
  }

  enrol(devices: readonly NewDevice[]): Promise<number> {
    return this.#registry.enrol(devices);
  }

  add(device: NewDevice): Promise<Device> {
    return this.#registry.add(device);
  }

  importMany(devices: readonly NewDevice[]): Promise<number> {
    return this.#registry.importMany(devices);
  }

  setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Promise<Device> {
    return this.#registry.setStatus(id, from, to);
  }

  setRights(id: string, rights: DeviceRights): Promise<Device> {
    return this.#registry.setRights(id, rights);
  }

  touch(sightings: readonly Sighting[]): Promise<void> {
    return this.#registry.touch(sightings);
  }

  list(query: DeviceQuery): Promise<Device[]> {
    return this.#registry.list(query);
  }

  count(): Promise<Record<DeviceStatus, number>> {
    return this.#registry.count();
  }

  onChange(listener: (change: DeviceChange) => void): () => void {
    return this.#registry.onChange(listener);
  }

  groupRights(): ReadonlyMap<string, StoredGroupRights> {
    return this.#registry.groupRights();
  }

  findGroupRights(group: string): StoredGroupRights | undefined {
    return this.#registry.findGroupRights(group);
  }

  setGroupRights(group: string, rights: StoredGroupRights | null): Promise<void> {
    return this.#registry.setGroupRights(group, rights);
  }

  health(): StoreHealth {
    return this.#registry.health();
  }

  counters(): CachedRegistryCounters {
    return this.#registry.counters();
  }

  flush(): Promise<void> {
    return this.#registry.flush();
  }

  close(): Promise<void> {
    return this.#registry.close();
  }
}
