import Database from "better-sqlite3";
import { type Device, type DeviceStatus, deviceStatuses } from "../device.ts";
import type { StoredGroupRights } from "../device-registry.ts";
import { prepareFindDevice } from "./find-device.ts";
import { groupRightsFromRow } from "./group-rights-writes.ts";
import { ReadSnapshot } from "./read-snapshot.ts";
import type { GroupRightsTable } from "./schema.ts";

/** The read-only connection of the main thread. Each answer is a snapshot after the latest commit that was told of. */
export interface StoreReader {
  find(id: string): Device | undefined;
  findClientIdOwner(clientId: string): string | undefined;
  count(): Record<DeviceStatus, number>;
  groupRights(): Map<string, StoredGroupRights>;
  findGroupRights(group: string): StoredGroupRights | undefined;
  /** What is read from now on is as new as the store. */
  refresh(): void;
  close(): void;
}

/**
 * Statements are prepared once. Never waits for a lock.
 * @throws an error of SQLite
 */
export function openStoreReader(file: string): StoreReader {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const findDevice = prepareFindDevice(db);
    const snapshot = new ReadSnapshot(db);
    const owner = db.prepare<[string], string>("select device_id from client_ids where client_id = ?").pluck();
    const counts = db.prepare<[], { status: DeviceStatus; devices: number }>("select * from status_counts");
    const groups = db.prepare<[], GroupRightsTable>("select * from group_rights order by device_group");
    const group = db.prepare<[string], GroupRightsTable>("select * from group_rights where device_group = ?");
    return {
      // Half a character is no text of SQLite: it would look for the one that stands for it (U+FFFD).
      find: (id) => (id.isWellFormed() ? snapshot.read(findDevice, id) : undefined),
      findClientIdOwner: (clientId) => (clientId.isWellFormed() ? owner.get(clientId) : undefined),
      count() {
        const counted = Object.fromEntries(deviceStatuses.map((status) => [status, 0])) as Record<DeviceStatus, number>;
        for (const { status, devices } of counts.all()) counted[status] = devices;
        return counted;
      },
      groupRights: () => new Map(groups.all().map((row) => [row.device_group, groupRightsFromRow(row)])),
      findGroupRights(name) {
        const row = group.get(name);
        return row && groupRightsFromRow(row);
      },
      refresh: () => snapshot.end(),
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
