import type { AclRuleTemplate, DenyReason, SchemeName } from "@connack/credentials";
import type { Device, DeviceKind, DeviceStatus } from "../device.ts";
import type { DeviceTable } from "./schema.ts";

const remembered = { entries: 1000, length: 256 } as const;

/** A row of `devices` with the client ids of the device as a JSON array, latest used last. */
export type DeviceRow = DeviceTable & { client_ids: string };

/** The client ids of the device at hand, for statements on `devices`. */
export const clientIdsOfDevice =
  "(select json_group_array(client_id order by last_used) from client_ids where device_id = devices.id)";

export const findDeviceSql = `select *, ${clientIdsOfDevice} as client_ids from devices where id = ?`;

/** The device, frozen: what many devices have in common is one object for all of them. */
export function deviceFromRow(row: DeviceRow): Device {
  const device: Device = {
    id: row.id,
    kind: shared(row.kind) as DeviceKind,
    status: shared(row.status) as DeviceStatus,
    schemes: sharedJson(row.schemes) as SchemeName[],
    minKeyGeneration: row.min_key_generation,
    attributes: sharedJson(row.attributes) as Record<string, string>,
    rules: sharedJson(row.rules) as AclRuleTemplate[],
    clientIds: Object.freeze(JSON.parse(row.client_ids)) as string[],
    createdAt: row.created_at,
  };
  if (row.device_group !== null) device.group = shared(row.device_group);
  if (row.profile !== null) device.profile = shared(row.profile);
  if (row.password_hash !== null) device.passwordHash = row.password_hash;
  if (row.previous_password_hash !== null && row.previous_password_until !== null) {
    device.previousPassword = { hash: row.previous_password_hash, until: row.previous_password_until };
  }
  if (row.first_seen_at !== null) device.firstSeenAt = row.first_seen_at;
  if (row.last_seen_at !== null) device.lastSeenAt = row.last_seen_at;
  if (row.last_address !== null) device.lastAddress = shared(row.last_address);
  if (row.last_refusal !== null && row.last_refusal_at !== null) {
    device.lastRefusal = Object.freeze({ reason: shared(row.last_refusal) as DenyReason, at: row.last_refusal_at });
  }
  return Object.freeze(device);
}

/** Texts, and values of JSON texts, that were seen lately: a fleet has few, and a cache holds them for each device. */
export const shared = remembering((text) => text);
const sharedJson = remembering(parseFrozen);

/** The same function, with the answers to a thousand texts of ordinary length remembered. */
export function remembering<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (text.length > remembered.length) return made;
    if (known.size >= remembered.entries) known.clear();
    known.set(text, made);
    return made;
  };
}

export function parseFrozen(json: string): unknown {
  return JSON.parse(json, (_name, value: unknown) => Object.freeze(value));
}
