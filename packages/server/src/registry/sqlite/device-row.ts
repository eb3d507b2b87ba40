import type { AclRuleTemplate, DenyReason, SchemeName } from "@connack/credentials";
import type { Device, DeviceKind, DeviceStatus } from "../device.ts";
import type { DeviceTable } from "./schema.ts";

/** A row of `devices` with the client ids of the device as a JSON array, latest used last. */
export type DeviceRow = DeviceTable & { client_ids: string };

/** The client ids of the device at hand, for statements on `devices`. */
export const clientIdsOfDevice =
  "(select json_group_array(client_id order by last_used) from client_ids where device_id = devices.id)";

export const findDeviceSql = `select *, ${clientIdsOfDevice} as client_ids from devices where id = ?`;

export function deviceFromRow(row: DeviceRow): Device {
  const device: Device = {
    id: row.id,
    kind: row.kind as DeviceKind,
    status: row.status as DeviceStatus,
    schemes: JSON.parse(row.schemes) as SchemeName[],
    minKeyGeneration: row.min_key_generation,
    attributes: JSON.parse(row.attributes) as Record<string, string>,
    rules: JSON.parse(row.rules) as AclRuleTemplate[],
    clientIds: JSON.parse(row.client_ids) as string[],
    createdAt: row.created_at,
  };
  if (row.device_group !== null) device.group = row.device_group;
  if (row.profile !== null) device.profile = row.profile;
  if (row.password_hash !== null) device.passwordHash = row.password_hash;
  if (row.previous_password_hash !== null && row.previous_password_until !== null) {
    device.previousPassword = { hash: row.previous_password_hash, until: row.previous_password_until };
  }
  if (row.first_seen_at !== null) device.firstSeenAt = row.first_seen_at;
  if (row.last_seen_at !== null) device.lastSeenAt = row.last_seen_at;
  if (row.last_address !== null) device.lastAddress = row.last_address;
  if (row.last_refusal !== null && row.last_refusal_at !== null) {
    device.lastRefusal = { reason: row.last_refusal as DenyReason, at: row.last_refusal_at };
  }
  return device;
}
