import type { AclRuleTemplate, DenyReason, SchemeName } from "@connack/credentials";
import type { Device, DeviceKind, DeviceStatus, PreviousPassword } from "./device.ts";

/**
 * Why the store cannot be used just now, in one word that `/readyz` and the log show. In `read-only` and `full` only
 * the writes fail: `find`, `findClientIdOwner`, `list` and `count` go on answering.
 */
export type StoreState = "ready" | "missing" | "locked" | "read-only" | "full" | "corrupt" | "unavailable";

/** Whether the store answers reads in this state. */
export function isReadable(state: StoreState): boolean {
  return state === "ready" || state === "read-only" || state === "full";
}

export interface StoreHealth {
  state: StoreState;
  /** Unix milliseconds of the last change of `state`. */
  since: number;
  /** One sentence for the operator: what is wrong and what to do; empty when ready. */
  detail: string;
  /** Counts up when what was read before may no longer hold, e.g. because the file was replaced by a backup. */
  epoch?: number;
}

/**
 * Thrown (rejected) by every operation while the store cannot answer. Nothing was changed; only when the store died
 * between a commit and its answer (`unavailable`) is that unknown.
 */
export class StoreUnavailable extends Error {
  override name = "StoreUnavailable";
  readonly state: Exclude<StoreState, "ready">;
  constructor(state: Exclude<StoreState, "ready">, detail: string) {
    super(detail);
    this.state = state;
  }
}

/** What a CONNECT leaves behind; folded into the device's row, never able to change its status or rights. */
export interface Sighting {
  deviceId: string;
  /** Unix milliseconds. */
  at: number;
  address?: string;
  /** Set when the attempt was refused. */
  refusal?: DenyReason;
  /** Client id used in an allowed attempt; becomes bound to the device unless another device has it. */
  clientId?: string;
}

export interface NewDevice {
  id: string;
  /** `device` when absent. */
  kind?: DeviceKind;
  status: "active" | "pending";
  schemes: SchemeName[];
  group?: string;
  attributes?: Record<string, string>;
  profile?: string;
  rules?: readonly AclRuleTemplate[];
  clientIds?: string[];
  passwordHash?: string;
  minKeyGeneration?: number;
  /** Unix milliseconds. */
  createdAt: number;
}

export interface DeviceQuery {
  /** Both when absent. */
  kind?: DeviceKind;
  status?: DeviceStatus;
  group?: string;
  /** Devices after this id, in the order of ids. */
  after?: string;
  /** At most 1000; default 100. */
  limit?: number;
}

/**
 * A change that was committed. `id` is the device; with `group` the group whose rights changed. `rights`: it may no
 * longer use what it is connected with. `at next connect`: its topics, or a password whose predecessor still holds.
 */
export interface DeviceChange {
  id: string;
  kind: "added" | "status" | "rights" | "at next connect" | "removed" | "group";
}

/** The rights of a group, as they are kept. */
export interface StoredGroupRights {
  profile?: string;
  rules: readonly AclRuleTemplate[];
}

/**
 * Where devices are kept. Every promise resolves only after the change is durable; a rejected one changed nothing.
 * Operations are narrow on purpose: a late sighting cannot undo a revocation. Each rejects with StoreUnavailable while
 * the store cannot do it, and with RangeError when a member is missing, too long (`deviceLimits`) or not storable text.
 * Devices given are not to be changed: they may be shared.
 */
export interface DeviceRegistry {
  /** The device, tombstones included. May answer at once. Throws or rejects with StoreUnavailable. */
  find(id: string): Device | undefined | Promise<Device | undefined>;
  /** The id of the device that a client id is bound to. */
  findClientIdOwner(clientId: string): string | undefined | Promise<string | undefined>;
  /**
   * Adds devices that have no row yet; resolves with how many rows are new. For enrolment: a device that is there, a
   * tombstone too, stays as it is, and a client id of another device stays there.
   */
  enrol(devices: readonly NewDevice[]): Promise<number>;
  /** Adds one device by an operator's hand; a tombstone is replaced. Rejects with RegistryError `device_exists` or `client_id_taken`. */
  add(device: NewDevice): Promise<Device>;
  /**
   * Changes the status if it is one of `from`. `removed` leaves nothing but the id and the time of creation, and frees
   * the client ids. Rejects with RegistryError `device_not_found` or `wrong_status`.
   */
  setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Promise<Device>;
  /** Changes what a device may use. Rejects with RegistryError `device_not_found`, also for a tombstone. */
  setRights(id: string, rights: DeviceRights): Promise<Device>;
  /**
   * Folds sightings into the rows; unknown ids are passed over. A revoked or removed device gets `lastRefusal` only.
   * Binds a client id that is free; of more than `maxClientIds` the longest unused is given up.
   */
  touch(sightings: readonly Sighting[]): Promise<void>;
  /** Devices in the order of their ids (code points), tombstones included. */
  list(query: DeviceQuery): Promise<Device[]>;
  /** Devices by status, tombstones included, services not. */
  count(): Promise<Record<DeviceStatus, number>>;
  /**
   * All or nothing. Rejects with RegistryError `device_exists` naming the first that is there already – a tombstone
   * counts, so that an old list brings no removed device back – or `client_id_taken`.
   */
  importMany(devices: readonly NewDevice[]): Promise<number>;
  /**
   * Calls back after each committed change, in their order, before its promise resolves. Sightings are no change.
   * Returns the way to stop.
   */
  onChange(listener: (change: DeviceChange) => void): () => void;
  /** The rights of every group that has any, by its name; many take their time. Throws StoreUnavailable. */
  groupRights(): ReadonlyMap<string, StoredGroupRights>;
  /** Those of one group. Throws StoreUnavailable. */
  findGroupRights(group: string): StoredGroupRights | undefined;
  /** Sets or, with null, removes the rights of a group. Rejects with RegistryError `too_many_groups`. */
  setGroupRights(group: string, rights: StoredGroupRights | null): Promise<void>;
  health(): StoreHealth;
  /** Finishes what was asked for; everything later rejects with StoreUnavailable. */
  close(): Promise<void>;
}

export interface DeviceRights {
  schemes?: SchemeName[];
  minKeyGeneration?: number;
  group?: string | null;
  attributes?: Record<string, string>;
  profile?: string | null;
  rules?: readonly AclRuleTemplate[];
  passwordHash?: string | null;
  previousPassword?: PreviousPassword | null;
  /** Replaces the bound client ids. Rejects with RegistryError `client_id_taken` when another device has one of them. */
  clientIds?: string[];
}

/** An operation that the state of the registry does not allow; `code` is stable. */
export class RegistryError extends Error {
  override name = "RegistryError";
  readonly code: "device_exists" | "device_not_found" | "wrong_status" | "client_id_taken" | "too_many_groups";
  constructor(code: RegistryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
