import type { Database } from "better-sqlite3";
import { Kysely, SqliteDialect, sql } from "kysely";
import type { Device } from "../device.ts";
import type { DeviceQuery } from "../device-registry.ts";
import { clientIdsOfDevice, deviceFromRow } from "./device-row.ts";
import type { RegistrySchema } from "./schema.ts";

/** Devices in the order of their ids (of the UTF-8 bytes). */
export async function listDevices(database: Database, query: DeviceQuery & { limit: number }): Promise<Device[]> {
  const db = new Kysely<RegistrySchema>({ dialect: new SqliteDialect({ database }) });
  let devices = db.selectFrom("devices").orderBy("id").limit(query.limit);
  if (query.kind !== undefined) devices = devices.where("kind", "=", query.kind);
  if (query.status !== undefined) devices = devices.where("status", "=", query.status);
  if (query.group !== undefined) devices = devices.where("device_group", "=", query.group);
  if (query.after !== undefined) devices = devices.where("id", ">", query.after);
  const rows = await devices
    .selectAll()
    .select(sql<string>`${sql.raw(clientIdsOfDevice)}`.as("client_ids"))
    .execute();
  return rows.map(deviceFromRow);
}
