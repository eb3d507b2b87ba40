import { CachedDevices } from "./cache/cached-devices.ts";
import type { KnownDevice } from "./cache/device-cache.ts";
import type { Device } from "./device.ts";
import type { DeviceRegistry, NewDevice, Sighting } from "./device-registry.ts";

export interface CachedRegistryOptions {
  /** Devices (with those known not to be there) and client ids kept in memory, each; default 200 000, about 100 MB when full. */
  maxDevices?: number;
  /** How long a device in memory goes on being answered while the store cannot be read, in milliseconds; default 15 min. */
  goOnForMs?: number | (() => number);
  /** Devices whose sightings may wait; default 100 000. */
  maxSightings?: number;
  /** Devices whose enrolment may wait; default 10 000. */
  maxEnrolments?: number;
  /** Time between two writes of sightings, in milliseconds; default 1000. */
  sightingsEveryMs?: number;
  /** How long it may wait to be written that a device came again with nothing new, in milliseconds; default a minute. */
  revisitsAfterMs?: number;
  /** Time between two writes of enrolments, in milliseconds; default 100. */
  enrolmentsEveryMs?: number;
  /** Clock in Unix milliseconds. */
  nowMs?: () => number;
  /** Told, in one sentence, when something noted was lost. */
  onProblem?: (sentence: string) => void;
  /**
   * Runs an operator's change that may concern connections: of the status, or of what the device may connect with. The
   * device is as it was before. For those who have to do something about it, also when this process dies meanwhile.
   */
  aroundChange?: AroundChange;
}

/** Runs `change` once, and answers as it does. */
export type AroundChange = <Result>(
  device: Device,
  kind: "status" | "rights",
  change: () => Promise<Result>,
) => Promise<Result>;

export interface CachedRegistryCounters {
  hits: number;
  misses: number;
  evicted: number;
  devices: number;
  sightingsWaiting: number;
  sightingsDropped: number;
  enrolmentsWaiting: number;
  enrolmentsRefused: number;
  enrolmentsFailed: number;
}

/**
 * A registry with a memory before it, for the CONNECT path: reads that usually need no store, and notes that are
 * written after the reply. Devices it gives are shared and frozen.
 */
export interface CachedRegistry extends DeviceRegistry {
  /**
   * What memory knows of the device, or `undefined` when the store has to be asked. `device: undefined` = no row. When it
   * came last may be missing, for which there is `find`.
   */
  peek(id: string): Readonly<KnownDevice> | undefined;
  /** The same for the device that a client id is bound to. */
  peekClientIdOwner(clientId: string): { readonly owner: string | undefined } | undefined;
  /**
   * Written with `touch` about every second; that a device came again, with nothing new but the time, about every minute.
   * Its client id counts as bound at once when it is free.
   */
  noteSighting(sighting: Sighting): void;
  /**
   * Written with `enrol` at once; the device is found from now on. False – and nothing is noted – when it cannot be:
   * too many wait, the store is not ready, an operator works on this id, or a row is there that does not allow what
   * the new device would.
   */
  noteEnrolment(device: NewDevice): boolean;
  counters(): CachedRegistryCounters;
  /** Writes what is noted now. Resolves also when the store is unavailable: it then stays noted. */
  flush(): Promise<void>;
}

/** See CachedRegistry. Owns the registry: closing it closes both. */
export function cachedRegistry(registry: DeviceRegistry, options: CachedRegistryOptions = {}): CachedRegistry {
  return new CachedDevices(registry, options);
}
