import { randomBytes } from "node:crypto";
import { type Device, maxClientIds } from "./device.ts";
import type { Sighting } from "./device-registry.ts";

/** How the names of throw-away devices begin. */
export const lentPrefix = "verify-";
/** And their MAC addresses: locally administered ones (IEEE 802, second bit of the first octet), so no maker gives them. */
export const lentMacPrefix = "0e:7e:57:";

/** Whether only a throw-away device can have this name: nobody is ever enrolled with it. */
export function isLentName(id: string): boolean {
  return /^verify-[0-9a-f]{24}$/i.test(id) || (id.length === 17 && id.startsWith(lentMacPrefix));
}

/** Throw-away devices and services that are lent at one time, at most: a run for four listeners wants about 700, for all kinds. */
export const mostLent = 4000;

interface Lease {
  /** Unix milliseconds. */
  until: number;
  ids: readonly string[];
}

/**
 * Devices and services that exist for some minutes, in the memory of this process and nowhere else: with the end of the
 * lease or of the process they are gone. Whoever connects as one passes every check that a registered device passes.
 */
export class LentDevices {
  readonly #nowMs: () => number;
  readonly #devices = new Map<string, Readonly<Device>>();
  readonly #owners = new Map<string, string>();
  readonly #leases = new Map<string, Lease>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many more can be lent just now. */
  get room(): number {
    this.#endLeases();
    return mostLent - this.#devices.size;
  }

  /** Lends devices until then (Unix milliseconds), and names the lease. Throws RangeError for a name that is not theirs. */
  lend(devices: readonly Device[], until: number): string {
    const stranger = devices.find(({ id }) => !isLentName(id));
    if (stranger) throw new RangeError("a throw-away device has a name that others may have");
    if (devices.length > this.room) throw new RangeError("too many throw-away devices");
    for (const device of devices) {
      this.#devices.set(device.id, Object.freeze(device));
      for (const clientId of device.clientIds) this.#owners.set(clientId, device.id);
    }
    const lease = randomBytes(12).toString("hex");
    this.#leases.set(lease, { until, ids: devices.map(({ id }) => id) });
    return lease;
  }

  /** Ends a lease before its time; who was lent, nobody when it had ended. */
  giveBack(lease: string): readonly string[] {
    this.#endLeases();
    return this.#end(lease);
  }

  find(id: string): Readonly<Device> | undefined {
    // Nothing is lent, nearly always.
    if (this.#devices.size === 0) return undefined;
    this.#endLeases();
    return this.#devices.get(id);
  }

  ownerOf(clientId: string): string | undefined {
    if (this.#devices.size === 0) return undefined;
    this.#endLeases();
    return this.#owners.get(clientId);
  }

  /** A client id that is free becomes that of the lent device that was let in with it. */
  note({ deviceId, clientId, refusal }: Sighting): void {
    const device = this.#devices.get(deviceId);
    if (!device || clientId === undefined || refusal !== undefined || this.#owners.has(clientId)) return;
    if (device.clientIds.length >= maxClientIds) return;
    this.#owners.set(clientId, deviceId);
    this.#devices.set(deviceId, Object.freeze({ ...device, clientIds: [...device.clientIds, clientId] }));
  }

  #endLeases(): void {
    const now = this.#nowMs();
    for (const [lease, { until }] of this.#leases) if (until <= now) this.#end(lease);
  }

  #end(lease: string): readonly string[] {
    const { ids = [] } = this.#leases.get(lease) ?? {};
    this.#leases.delete(lease);
    for (const id of ids) {
      for (const clientId of this.#devices.get(id)?.clientIds ?? []) this.#owners.delete(clientId);
      this.#devices.delete(id);
    }
    return ids;
  }
}
