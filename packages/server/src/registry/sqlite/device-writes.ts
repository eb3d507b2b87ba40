import type { Database } from "better-sqlite3";
import type { Device } from "../device.ts";
import { type NewDevice, RegistryError } from "../device-registry.ts";
import type { ClientIdWrites } from "./client-id-writes.ts";
import { type DeviceRow, deviceFromRow, findDeviceSql } from "./device-row.ts";

export type DeviceWrites = ReturnType<typeof prepareDeviceWrites>;

const insertInto = `insert into devices
  (id, kind, status, schemes, min_key_generation, device_group, attributes, profile, rules, password_hash, created_at,
    listed_client_ids)
  values (@id, @kind, @status, @schemes, @minKeyGeneration, @group, @attributes, @profile, @rules, @passwordHash,
    @createdAt, '[]')`;

/** How devices come into the registry. All run inside a transaction of the caller. */
export function prepareDeviceWrites(db: Database, clientIds: ClientIdWrites) {
  const find = db.prepare<[string], DeviceRow>(findDeviceSql);
  const insert = db.prepare(`${insertInto} on conflict (id) do nothing`);
  const insertOverTombstone = db.prepare(
    `${insertInto} on conflict (id) do update set
      kind = excluded.kind, status = excluded.status, schemes = excluded.schemes, min_key_generation = excluded.min_key_generation,
      device_group = excluded.device_group, attributes = excluded.attributes,
      profile = excluded.profile, rules = excluded.rules, password_hash = excluded.password_hash,
      created_at = excluded.created_at, first_seen_at = null, last_seen_at = null, last_address = null,
      last_refusal = null, last_refusal_at = null
     where devices.status = 'removed'`,
  );

  function mustFind(id: string): Device {
    const row = find.get(id);
    if (row === undefined) throw new RegistryError("device_not_found", `no device ${JSON.stringify(id)}`);
    return deviceFromRow(row);
  }

  return {
    mustFind,

    /** Ids of those that had no row. A client id that another device has is left alone. */
    enrol(devices: readonly NewDevice[]): string[] {
      const added: string[] = [];
      for (const device of devices) {
        if (insert.run(parametersOf(device)).changes === 0) continue;
        for (const clientId of device.clientIds ?? []) clientIds.bind(clientId, device.id, device.createdAt);
        added.push(device.id);
      }
      return added;
    },

    add(device: NewDevice): Device {
      if (insertOverTombstone.run(parametersOf(device)).changes === 0) throw deviceExists(device.id);
      clientIds.bindAll(device.clientIds ?? [], device.id, device.createdAt);
      return mustFind(device.id);
    },

    /** A tombstone counts as there: an old list must not bring removed devices back. */
    importMany(devices: readonly NewDevice[]): number {
      for (const device of devices) {
        if (insert.run(parametersOf(device)).changes === 0) throw deviceExists(device.id);
        clientIds.bindAll(device.clientIds ?? [], device.id, device.createdAt);
      }
      return devices.length;
    },
  };
}

function parametersOf(device: NewDevice) {
  return {
    id: device.id,
    kind: device.kind ?? "device",
    status: device.status,
    schemes: JSON.stringify(device.schemes),
    minKeyGeneration: device.minKeyGeneration ?? 0,
    group: device.group ?? null,
    attributes: JSON.stringify(device.attributes ?? {}),
    profile: device.profile ?? null,
    rules: JSON.stringify(device.rules ?? []),
    passwordHash: device.passwordHash ?? null,
    createdAt: device.createdAt,
  };
}

function deviceExists(id: string): RegistryError {
  return new RegistryError("device_exists", `device ${JSON.stringify(id)} is there already`);
}
