import type { Device } from "../device.ts";
import type { DeviceQuery, NewDevice, StoreState } from "../device-registry.ts";
import type { StoreFault } from "./store-fault.ts";
import type { Durability, StoreFileOptions } from "./store-file.ts";
import type { OperationFailure, OperationResult, StoreOperation } from "./store-operation.ts";

/** What the writer thread is started with. */
export interface WriterSettings extends StoreFileOptions {
  /** Make the file when it is not there; only at the first start of the thread. */
  create: boolean;
  /** Time between two looks at the file. */
  watchMs: number;
}

export type ToWriter =
  | { type: "write"; request: number; operation: StoreOperation }
  | { type: "list"; request: number; query: DeviceQuery & { limit: number } }
  /** A piece of an import, kept until the import or `unstage` comes. */
  | { type: "stage"; stage: number; devices: NewDevice[] }
  | { type: "unstage"; stage: number }
  /** The main thread's read connection is closed, as a report asked for. */
  | { type: "reader closed"; generation: number }
  /** The read connection failed. */
  | { type: "reader failed"; fault: StoreFault }
  /** Finish what is waiting, fold the log into the file, close and end. */
  | { type: "close" };

export type FromWriter = StoreReport | { type: "results"; results: OperationResult[] } | ListResult;

/** How the store is now. */
export interface StoreReport {
  type: "state";
  state: StoreState;
  detail: string;
  /** Number of this opening of the file; `undefined` when it is not open: the reader then has to be closed. */
  generation: number | undefined;
  /** Generation that is closed as soon as the reader is. */
  closing?: number;
  durability?: Durability;
  /** It will not heal by itself: not to be started with. */
  fatal?: true;
}

export type ListResult =
  | { type: "list"; request: number; devices: Device[] }
  | { type: "list"; request: number; failure: OperationFailure };
