import type { Device, DeviceStatus } from "../device.ts";
import type { DeviceRights, NewDevice, RegistryError, StoredGroupRights } from "../device-registry.ts";
import type { PackedSightings } from "./packed-sightings.ts";
import type { StoreFault } from "./store-fault.ts";

/** One write, as it travels to the writer thread. Each is done wholly or not at all. */
export type StoreOperation =
  | { kind: "enrol"; devices: readonly NewDevice[] }
  | { kind: "add"; device: NewDevice }
  | { kind: "setStatus"; id: string; from: readonly DeviceStatus[]; to: DeviceStatus }
  | { kind: "setRights"; id: string; rights: DeviceRights }
  | { kind: "setGroupRights"; group: string; rights: StoredGroupRights | null }
  | { kind: "touch"; sightings: PackedSightings }
  /** Devices sent before in pieces under the number `stage`. */
  | { kind: "importMany"; stage: number };

/** What each write answers. */
export interface OperationValues {
  /** Ids of the devices that are new. */
  enrol: string[];
  add: Device;
  setStatus: Device;
  setRights: Device;
  setGroupRights: undefined;
  touch: undefined;
  /** How many. */
  importMany: number;
}

export type OperationValue = OperationValues[StoreOperation["kind"]];

/** Why an operation was refused, as a value that crosses threads. */
export type OperationFailure =
  | { cause: "registry"; code: RegistryError["code"]; message: string }
  | { cause: "store"; fault: StoreFault }
  | { cause: "internal"; message: string };

export type OperationResult =
  | { request: number; value: OperationValue }
  | { request: number; failure: OperationFailure };
