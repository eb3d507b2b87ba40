import Database from "better-sqlite3";
import { type Device, type DeviceStatus, deviceStatuses } from "../device.ts";
import type { StoredGroupRights } from "../device-registry.ts";
import { type DeviceRow, deviceFromRow, findDeviceSql } from "./device-row.ts";
import { groupRightsFromRow } from "./group-rights-writes.ts";
import type { GroupRightsTable } from "./schema.ts";

/** The read-only connection of the main thread. Each answer is a snapshot after the latest commit. */
export interface StoreReader {
  find(id: string): Device | undefined;
  findClientIdOwner(clientId: string): string | undefined;
  count(): Record<DeviceStatus, number>;
  groupRights(): Map<string, StoredGroupRights>;
  findGroupRights(group: string): StoredGroupRights | undefined;
  close(): void;
}

/**
 * Statements are prepared once: about ten microseconds a look-up. Never waits for a lock.
 * @throws an error of SQLite
 */
export function openStoreReader(file: string): StoreReader {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const find = db.prepare<[string], DeviceRow>(findDeviceSql);
    const owner = db.prepare<[string], string>("select device_id from client_ids where client_id = ?").pluck();
    const counts = db.prepare<[], { status: DeviceStatus; devices: number }>("select * from status_counts");
    const groups = db.prepare<[], GroupRightsTable>("select * from group_rights order by device_group");
    const group = db.prepare<[string], GroupRightsTable>("select * from group_rights where device_group = ?");
    return {
      find(id) {
        const row = find.get(id);
        return row && deviceFromRow(row);
      },
      findClientIdOwner: (clientId) => owner.get(clientId),
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
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
