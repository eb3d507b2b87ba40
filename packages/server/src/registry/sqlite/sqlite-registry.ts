import { setImmediate as nextTurn } from "node:timers/promises";
import {
  checkDeviceRights,
  checkGroupRights,
  checkNewDevice,
  deviceLimits,
  isStorableText,
} from "../check-device-input.ts";
import type { Device, DeviceStatus } from "../device.ts";
import type {
  DeviceChange,
  DeviceQuery,
  DeviceRegistry,
  DeviceRights,
  NewDevice,
  Sighting,
  StoredGroupRights,
  StoreHealth,
} from "../device-registry.ts";
import { kindOfChange } from "../kind-of-change.ts";
import { ChangeListeners } from "./change-listeners.ts";
import { packSightings } from "./packed-sightings.ts";
import { unavailable } from "./pending-requests.ts";
import { StoreConnection } from "./store-connection.ts";
import { faultOf } from "./store-fault.ts";
import type { Durability } from "./store-file.ts";

export interface SqliteRegistryOptions {
  /** The registry file, e.g. `connack-data/registry.db`. Its -wal and -shm lie beside it. */
  file: string;
  /**
   * Make the file when it is not there: for a new data folder only. It is never made anew while running: an empty
   * registry in place of a lost one would forget every revocation.
   */
  create: boolean;
  /** Told of each change of state. */
  onHealth?: (health: StoreHealth) => void;
  /** Clock in Unix milliseconds, for `StoreHealth.since`. */
  now?: () => number;
  /** Longest wait for a lock that another process holds, in milliseconds; default 2000. The event loop never waits. */
  busyTimeoutMs?: number;
  /** Time between two looks at the file, in milliseconds; default 1000. */
  watchMs?: number;
  /** Requests that may wait for the writer thread; default 10 000. More reject with StoreUnavailable. */
  longestQueue?: number;
  /** Further PRAGMA statements for the writing connection, e.g. `max_page_count = 5000` as a quota. */
  pragmas?: readonly string[];
}

/**
 * Opens the registry. A file that is missing, locked, damaged or read-only is no exception: the registry is there, in
 * that state (see `health()`), and heals by itself when the file does.
 *
 * Never copy another database over the file of a running registry; put it there by rename.
 * @throws Error when the file cannot be made, when a newer version of Connack wrote it, or when SQLite does not load
 */
export function openSqliteRegistry(options: SqliteRegistryOptions): Promise<SqliteRegistry> {
  return SqliteRegistry.open(options);
}

export interface SqliteCounters {
  /** Requests the writer thread has not answered yet. */
  waiting: number;
  /** Requests refused because too many waited. */
  refused: number;
  /** How often the writer thread was started anew. */
  restarts: number;
}

/** Devices in one message to or from the writer thread: with the check, an eighth of a millisecond of this thread. */
const messageSize = 20;

/** DeviceRegistry in one SQLite file: reads on this thread, everything else in the writer thread. */
export class SqliteRegistry implements DeviceRegistry {
  readonly #store: StoreConnection;
  readonly #changes = new ChangeListeners();

  private constructor(store: StoreConnection) {
    this.#store = store;
  }

  /** See openSqliteRegistry. */
  static async open(options: SqliteRegistryOptions): Promise<SqliteRegistry> {
    return new SqliteRegistry(await StoreConnection.open(options));
  }

  find(id: string): Device | undefined {
    return this.#store.read((reader) => reader.find(id));
  }

  findClientIdOwner(clientId: string): string | undefined {
    return this.#store.read((reader) => reader.findClientIdOwner(clientId));
  }

  async enrol(devices: readonly NewDevice[]): Promise<number> {
    const operation = { kind: "enrol", devices: devices.map(checkNewDevice) } as const;
    const added = await this.#store.writer().write(
      operation,
      this.#changes.teller((ids) => ids.map((id) => ({ id })), "added"),
    );
    return added.length;
  }

  async add(device: NewDevice): Promise<Device> {
    const operation = { kind: "add", device: checkNewDevice(device) } as const;
    return await this.#store.writer().write(
      operation,
      this.#changes.teller((added) => [added], "added"),
    );
  }

  async setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Promise<Device> {
    const operation = { kind: "setStatus", id, from: [...from], to } as const;
    const kind = to === "removed" ? "removed" : "status";
    return await this.#store.writer().write(
      operation,
      this.#changes.teller((device) => [device], kind),
    );
  }

  async setRights(id: string, rights: DeviceRights): Promise<Device> {
    const operation = { kind: "setRights", id, rights: checkDeviceRights(rights) } as const;
    return await this.#store.writer().write(
      operation,
      this.#changes.teller((device) => [device], kindOfChange(rights)),
    );
  }

  groupRights(): ReadonlyMap<string, StoredGroupRights> {
    return this.#store.read((reader) => reader.groupRights());
  }

  findGroupRights(group: string): StoredGroupRights | undefined {
    return isStorableText(group, deviceLimits.group)
      ? this.#store.read((reader) => reader.findGroupRights(group))
      : undefined;
  }

  async setGroupRights(group: string, rights: StoredGroupRights | null): Promise<void> {
    const operation = { kind: "setGroupRights", group, rights: checkGroupRights(group, rights) } as const;
    await this.#store.writer().write(
      operation,
      this.#changes.teller(() => [{ id: group }], "group"),
    );
  }

  async touch(sightings: readonly Sighting[]): Promise<void> {
    await this.#store.writer().write({ kind: "touch", sightings: packSightings(sightings) });
  }

  async list(query: DeviceQuery): Promise<Device[]> {
    const limit = Math.min(query.limit ?? 100, 1000);
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError("limit: a whole number from 1 to 1000");
    const devices: Device[] = [];
    // in pieces: receiving a thousand devices at once takes this thread several milliseconds
    for (;;) {
      const after = devices.at(-1)?.id ?? query.after;
      const wanted = Math.min(limit - devices.length, messageSize);
      const writer = this.#store.listing();
      const piece = await writer.list({ ...query, ...(after !== undefined && { after }), limit: wanted });
      devices.push(...piece);
      if (piece.length < wanted || devices.length === limit) return devices;
    }
  }

  async count(): Promise<Record<DeviceStatus, number>> {
    return await this.#store.read((reader) => reader.count());
  }

  async importMany(devices: readonly NewDevice[]): Promise<number> {
    const stage = this.#store.writer().nextStage();
    const { restarts } = this.counters();
    try {
      for (let start = 0; start < devices.length; start += messageSize) {
        this.#store.writer().stage(stage, devices.slice(start, start + messageSize).map(checkNewDevice));
        await nextTurn();
      }
      // a new thread does not have the pieces
      if (this.counters().restarts !== restarts) throw unavailable(faultOf("unavailable", "the writer was restarted"));
      const tell = this.#changes.teller(() => devices, "added");
      return await this.#store.writer().write({ kind: "importMany", stage }, tell);
    } finally {
      this.#store.unstage(stage);
    }
  }

  onChange(listener: (change: DeviceChange) => void): () => void {
    return this.#changes.add(listener);
  }

  health(): StoreHealth {
    return this.#store.health();
  }

  counters(): SqliteCounters {
    return this.#store.counters();
  }

  /** As read back from the writing connection; `undefined` while the file is not open. */
  durability(): Durability | undefined {
    return this.#store.durability();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}
