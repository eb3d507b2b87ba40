import type { Database } from "better-sqlite3";
import { maxClientIds } from "../device.ts";
import { RegistryError } from "../device-registry.ts";

export type ClientIdWrites = ReturnType<typeof prepareClientIdWrites>;

/** The writes on `client_ids`. All run inside a transaction of the caller. */
export function prepareClientIdWrites(db: Database) {
  const findOwner = db.prepare<[string], string>("select device_id from client_ids where client_id = ?").pluck();
  const findLatest = db.prepare<[string], { client_id: string; last_used: number }>(
    "select client_id, last_used from client_ids where device_id = ? order by last_used desc limit 1",
  );
  const upsert = db.prepare<[string, string, number]>(
    `insert into client_ids (client_id, device_id, last_used) values (?, ?, ?)
     on conflict (client_id) do update set last_used = excluded.last_used where device_id = excluded.device_id`,
  );
  const giveUpOldest = db.prepare<[string, number]>(
    `delete from client_ids where client_id in (
       select client_id from client_ids where device_id = ? order by last_used desc limit -1 offset ?)`,
  );
  const clear = db.prepare<[string]>("delete from client_ids where device_id = ?");

  /** Makes the client id the device's latest; false when another device has it. */
  function bind(clientId: string, deviceId: string, at: number): boolean {
    const latest = findLatest.get(deviceId);
    if (latest?.client_id === clientId) return true;
    // later than all others even when the clock stands still or goes back
    const used = latest === undefined ? at : Math.max(at, latest.last_used + 1);
    if (upsert.run(clientId, deviceId, used).changes === 0) return false;
    giveUpOldest.run(deviceId, maxClientIds);
    return true;
  }

  return {
    findOwner: (clientId: string) => findOwner.get(clientId),
    bind,
    clear: (deviceId: string) => void clear.run(deviceId),
    /** @throws RegistryError `client_id_taken` */
    bindAll(clientIds: readonly string[], deviceId: string, at: number): void {
      for (const clientId of clientIds) {
        if (!bind(clientId, deviceId, at)) {
          throw new RegistryError(
            "client_id_taken",
            `client id ${JSON.stringify(clientId)} belongs to device ${JSON.stringify(findOwner.get(clientId))}`,
          );
        }
      }
    },
  };
}
