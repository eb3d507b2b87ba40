import type {
  AroundChange,
  CachedRegistry,
  CachedRegistryCounters,
  CachedRegistryOptions,
} from "../cached-registry.ts";
import { checkNewDevice, storableSighting } from "../check-device-input.ts";
import type { Device, DeviceStatus } from "../device.ts";
import {
  type DeviceChange,
  type DeviceQuery,
  type DeviceRegistry,
  type DeviceRights,
  type NewDevice,
  type Sighting,
  type StoredGroupRights,
  type StoreHealth,
  StoreUnavailable,
} from "../device-registry.ts";
import { kindOfChange } from "../kind-of-change.ts";
import { DeviceCache, type KnownDevice } from "./device-cache.ts";
import { foldSighting } from "./fold-sighting.ts";
import { OperatorFirst } from "./operator-first.ts";
import { PendingEnrolments } from "./pending-enrolments.ts";
import { PendingSightings, type SightingBatch, withoutClientId } from "./pending-sightings.ts";
import { isRevisit, lastRevisit, Revisits } from "./revisits.ts";
import { sharedText } from "./shared-text.ts";
import { WriteBehind } from "./write-behind.ts";

/** The registry that `cachedRegistry` gives. Looked up first to last: what is noted, what is kept, the store. */
export class CachedDevices implements CachedRegistry {
  readonly #registry: DeviceRegistry;
  readonly #nowMs: () => number;
  readonly #sightings: PendingSightings;
  readonly #revisits: Revisits;
  readonly #enrolments: PendingEnrolments;
  readonly #cache: DeviceCache;
  readonly #writeBehind: WriteBehind;
  readonly #operator: OperatorFirst;
  readonly #stopListening: () => void;
  readonly #aroundChange: AroundChange | undefined;

  constructor(registry: DeviceRegistry, options: CachedRegistryOptions) {
    this.#registry = registry;
    this.#aroundChange = options.aroundChange;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#sightings = new PendingSightings(options.maxSightings ?? 100_000);
    this.#revisits = new Revisits(options.maxSightings ?? 100_000);
    this.#enrolments = new PendingEnrolments({
      limit: options.maxEnrolments ?? 10_000,
      enrol: (devices) => registry.enrol(devices),
      onArrival: (device, isNew) => (isNew ? this.#cache.arrived(device) : this.#cache.forget(device.id)),
    });
    this.#operator = new OperatorFirst(this.#enrolments, (device) => void this.noteEnrolment(device));
    const { goOnForMs = 15 * 60_000 } = options;
    this.#cache = new DeviceCache(registry, {
      maxDevices: options.maxDevices ?? 200_000,
      goOnForMs: typeof goOnForMs === "number" ? () => goOnForMs : goOnForMs,
      nowMs: this.#nowMs,
      withPending: (device) => this.#sightings.applyTo(device),
      beforeGone: (known) => this.#endRevisit(known),
    });
    this.#writeBehind = new WriteBehind({
      registry,
      sightings: this.#sightings,
      revisits: this.#revisits,
      enrolments: this.#enrolments,
      sightingsEveryMs: options.sightingsEveryMs ?? 1000,
      revisitsAfterMs: options.revisitsAfterMs ?? 60_000,
      nowMs: this.#nowMs,
      enrolmentsEveryMs: options.enrolmentsEveryMs ?? 100,
      onWritten: (batch) => this.#onWritten(batch),
      onProblem: options.onProblem ?? (() => {}),
    });
    this.#stopListening = registry.onChange((change) => this.#onStoreChange(change));
  }

  peek(id: string): Readonly<KnownDevice> | undefined {
    const enrolling = this.#enrolments.get(id);
    if (enrolling !== undefined && this.#cache.readability() !== "expired") return enrolling;
    return this.#cache.peek(id);
  }

  find(id: string): Device | undefined | Promise<Device | undefined> {
    const known = this.peek(id);
    if (known === undefined) return this.#cache.find(id);
    const again = lastRevisit(known);
    return known.device && again ? foldSighting(known.device, again) : known.device;
  }

  peekClientIdOwner(clientId: string): { readonly owner: string | undefined } | undefined {
    const owner = this.#sightings.ownerOf(clientId) ?? this.#enrolments.ownerOf(clientId);
    if (owner !== undefined && this.#cache.readability() !== "expired") return { owner };
    return this.#cache.peekOwner(clientId);
  }

  findClientIdOwner(clientId: string): string | undefined | Promise<string | undefined> {
    const known = this.peekClientIdOwner(clientId);
    return known ? known.owner : this.#cache.findOwner(clientId);
  }

  noteSighting(given: Sighting): void {
    const enrolling = this.#enrolments.get(given.deviceId);
    const entry = enrolling ? undefined : this.#cache.entry(given.deviceId);
    // first, as most are revisits: what it names is what the device has already, so it is fit to be stored
    if (entry !== undefined && this.#noteRevisit(entry, given)) return;
    const sighting = storableSighting(given);
    if (sighting === undefined) return;
    if (sighting.address !== undefined) sighting.address = sharedText(sighting.address);
    if (entry !== undefined) {
      if (entry.device === undefined) return; // it would be passed over
      if (this.#noteRevisit(entry, sighting)) return;
      this.#endRevisit(entry);
    }
    const known = enrolling ?? entry;
    const binding = this.#bindingOf(sighting, known?.device);
    const noted = binding === "none" ? withoutClientId(sighting) : sighting;
    if (!this.#sightings.note(noted, binding === "now") || known?.device === undefined) return;
    known.device = foldSighting(known.device, binding === "now" ? noted : withoutClientId(noted));
  }

  noteEnrolment(given: NewDevice): boolean {
    const device = checkNewDevice(given);
    if (this.health().state !== "ready" || this.#operator.holds(device.id)) return false;
    const known = this.peek(device.id);
    const found = known ? { answer: known.device } : askNow(() => this.#cache.find(device.id));
    if (found === undefined) return false;
    return found.answer === undefined ? this.#enrolments.note(device) : allowsTheSame(found.answer, device);
  }

  async enrol(devices: readonly NewDevice[]): Promise<number> {
    return await this.#registry.enrol(devices);
  }

  async add(device: NewDevice): Promise<Device> {
    return await this.#operator.adds([device], () => this.#registry.add(device));
  }

  async importMany(devices: readonly NewDevice[]): Promise<number> {
    return await this.#operator.adds(devices, () => this.#registry.importMany(devices));
  }

  async setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Promise<Device> {
    if (this.#enrolments.get(id) !== undefined) await this.#enrolments.send({ id }); // there is a row to change then
    return await this.#change(id, "status", () => this.#registry.setStatus(id, from, to));
  }

  async setRights(id: string, rights: DeviceRights): Promise<Device> {
    if (this.#enrolments.get(id) !== undefined) await this.#enrolments.send({ id });
    const change = () => this.#registry.setRights(id, rights);
    return await (kindOfChange(rights) === "rights" ? this.#change(id, "rights", change) : change());
  }

  groupRights(): ReadonlyMap<string, StoredGroupRights> {
    return this.#registry.groupRights();
  }

  findGroupRights(group: string): StoredGroupRights | undefined {
    return this.#registry.findGroupRights(group);
  }

  async setGroupRights(group: string, rights: StoredGroupRights | null): Promise<void> {
    await this.#registry.setGroupRights(group, rights);
  }

  async touch(sightings: readonly Sighting[]): Promise<void> {
    await this.#registry.touch(sightings);
    for (const { deviceId } of sightings) this.#cache.outdate(deviceId);
  }

  list(query: DeviceQuery): Promise<Device[]> {
    return this.#registry.list(query);
  }

  count(): Promise<Record<DeviceStatus, number>> {
    return this.#registry.count();
  }

  onChange(listener: (change: DeviceChange) => void): () => void {
    return this.#registry.onChange(listener); // after our own: the listener finds the changed device
  }

  health(): StoreHealth {
    return this.#registry.health();
  }

  counters(): CachedRegistryCounters {
    return {
      ...this.#cache.counters(),
      sightingsWaiting: this.#sightings.size + this.#revisits.size,
      sightingsDropped: this.#sightings.dropped,
      enrolmentsWaiting: this.#enrolments.size,
      enrolmentsRefused: this.#enrolments.refused,
      enrolmentsFailed: this.#enrolments.failed,
    };
  }

  flush(): Promise<void> {
    return this.#writeBehind.flush();
  }

  async close(): Promise<void> {
    await this.#writeBehind.close();
    this.#stopListening();
    await this.#registry.close();
  }

  async #change(id: string, kind: "status" | "rights", change: () => Promise<Device>): Promise<Device> {
    const device = this.#aroundChange && (await this.find(id));
    return await (device === undefined || this.#aroundChange === undefined
      ? change()
      : this.#aroundChange(device, kind, change));
  }

  #noteRevisit(known: KnownDevice, sighting: Sighting): boolean {
    if (known.device === undefined || !Number.isSafeInteger(sighting.at)) return false;
    return isRevisit(known.device, sighting) && this.#revisits.note(known, sighting.at, this.#nowMs);
  }

  /** Sightings are folded in their order: what waits comes before what is noted now. */
  #endRevisit(known: KnownDevice): void {
    const again = lastRevisit(known);
    if (known.device === undefined || again === undefined) return;
    const sighting = this.#revisits.end(known);
    known.device = foldSighting(known.device, again);
    known.again = undefined;
    if (sighting !== undefined) this.#sightings.note(sighting, false);
  }

  /** What the sighting's client id does: nothing, bind from now on, or what the store finds when it is written. */
  #bindingOf({ deviceId, clientId }: Sighting, device: Device | undefined): "none" | "now" | "later" {
    if (clientId === undefined || clientId === device?.clientIds.at(-1)) return "none";
    const known = this.peekClientIdOwner(clientId);
    const owner = known ? { answer: known.owner } : askNow(() => this.#cache.findOwner(clientId));
    if (owner === undefined) return "later";
    return owner.answer === undefined || owner.answer === deviceId ? "now" : "none";
  }

  #onStoreChange({ id, kind }: DeviceChange): void {
    if (kind === "group") return;
    this.#enrolments.forget(id); // there is a row: it counts
    this.#cache.forget(id);
    if (kind === "removed" || kind === "rights") this.#sightings.forgetClientIds(id);
  }

  /** Which client ids were bound, and which given up for them, is the store's to say. */
  #onWritten(batch: SightingBatch): void {
    for (const { deviceId, clientId } of batch.sightings) {
      if (clientId === undefined) continue;
      this.#cache.outdate(deviceId);
      this.#cache.bound(clientId, deviceId);
    }
  }
}

/** The answer of a store that can give it at once. */
function askNow<Answer>(ask: () => Answer | Promise<Answer>): { answer: Answer } | undefined {
  try {
    const answer = ask();
    if (!(answer instanceof Promise)) return { answer };
    answer.catch(() => {}); // it warms the cache; whoever needs the answer asks again
    return undefined;
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}

/** A row (or a device on its way to one) that lets the newcomer do what it would have been enrolled for. */
function allowsTheSame(device: Device, given: NewDevice): boolean {
  return (
    device.status === given.status &&
    device.minKeyGeneration <= (given.minKeyGeneration ?? 0) &&
    given.schemes.every((scheme) => device.schemes.includes(scheme))
  );
}
