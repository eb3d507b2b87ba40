import type { DenyReason, SchemeName } from "@connack/credentials";
import type { Device, DeviceStatus } from "./device.ts";

/** Why the store cannot be used just now, in one word that `/readyz` and the log show. */
export type StoreState = "ready" | "missing" | "locked" | "read-only" | "full" | "corrupt" | "unavailable";

export interface StoreHealth {
  state: StoreState;
  /** Unix milliseconds of the last change of `state`. */
  since: number;
  /** One sentence for the operator: what is wrong and what to do; empty when ready. */
  detail: string;
}

/** Thrown (rejected) by every operation while the store cannot answer. Nothing was changed. */
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
  status: "active" | "pending";
  schemes: SchemeName[];
  group?: string;
  attributes?: Record<string, string>;
  clientIds?: string[];
  passwordHash?: string;
  minKeyGeneration?: number;
  /** Unix milliseconds. */
  createdAt: number;
}

export interface DeviceQuery {
  status?: DeviceStatus;
  group?: string;
  /** Devices after this id, in the order of ids. */
  after?: string;
  /** At most 1000; default 100. */
  limit?: number;
}

/** A change that was committed. */
export interface DeviceChange {
  id: string;
  kind: "added" | "status" | "rights" | "removed";
}

/**
 * Where devices are kept. Every promise resolves only after the change is durable; a rejected one changed nothing.
 * Operations are narrow on purpose: a late sighting cannot undo a revocation.
 */
export interface DeviceRegistry {
  /** The device, tombstones included. May answer at once. */
  find(id: string): Device | undefined | Promise<Device | undefined>;
  /** The id of the device that a client id is bound to. */
  findClientIdOwner(clientId: string): string | undefined | Promise<string | undefined>;
  /** Adds devices that have no row yet, tombstones included; resolves with how many rows are new. For enrolment. */
  enrol(devices: readonly NewDevice[]): Promise<number>;
  /** Adds one device by an operator's hand; a tombstone is replaced. Rejects with RegistryError `device_exists` or `client_id_taken`. */
  add(device: NewDevice): Promise<Device>;
  /** Changes the status if it is one of `from`. Rejects with RegistryError `device_not_found` or `wrong_status`. */
  setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Promise<Device>;
  /** Changes what a device may use. Rejects with RegistryError `device_not_found`. */
  setRights(id: string, rights: DeviceRights): Promise<Device>;
  /** Folds sightings into the rows; unknown ids are passed over. */
  touch(sightings: readonly Sighting[]): Promise<void>;
  list(query: DeviceQuery): Promise<Device[]>;
  /** Devices by status, tombstones included. */
  count(): Promise<Record<DeviceStatus, number>>;
  /** All or nothing. Rejects with RegistryError `device_exists` naming the first that is there already. */
  importMany(devices: readonly NewDevice[]): Promise<number>;
  /** Calls back after each committed change. Returns the way to stop. */
  onChange(listener: (change: DeviceChange) => void): () => void;
  health(): StoreHealth;
  close(): Promise<void>;
}

export interface DeviceRights {
  schemes?: SchemeName[];
  minKeyGeneration?: number;
  group?: string | null;
  attributes?: Record<string, string>;
  passwordHash?: string | null;
  /** Replaces the bound client ids. Rejects with RegistryError `client_id_taken` when another device has one of them. */
  clientIds?: string[];
}

/** An operation that the state of the registry does not allow; `code` is stable. */
export class RegistryError extends Error {
  override name = "RegistryError";
  readonly code: "device_exists" | "device_not_found" | "wrong_status" | "client_id_taken";
  constructor(code: RegistryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
