import type { Database } from "better-sqlite3";
import type { Device, DeviceStatus } from "../device.ts";
import { type DeviceRights, RegistryError } from "../device-registry.ts";
import type { ClientIdWrites } from "./client-id-writes.ts";
import type { DeviceWrites } from "./device-writes.ts";

/** How devices change by an operator's hand. All run inside a transaction of the caller. */
export function prepareDeviceChanges(db: Database, devices: DeviceWrites, clientIds: ClientIdWrites) {
  const setStatus = db.prepare<[string, string]>("update devices set status = ? where id = ?");
  const makeTombstone = db.prepare<[string]>(
    `update devices set status = 'removed', schemes = '[]', min_key_generation = 0, device_group = null,
      attributes = '{}', profile = null, rules = '[]', password_hash = null, previous_password_hash = null,
      previous_password_until = null, first_seen_at = null, last_seen_at = null, last_address = null,
      last_refusal = null, last_refusal_at = null
     where id = ?`,
  );
  const setRights = db.prepare(
    `update devices set schemes = @schemes, min_key_generation = @minKeyGeneration, device_group = @group,
      attributes = @attributes, profile = @profile, rules = @rules, password_hash = @passwordHash,
      previous_password_hash = @previousHash, previous_password_until = @previousUntil
     where id = @id`,
  );

  return {
    setStatus(id: string, from: readonly DeviceStatus[], to: DeviceStatus): Device {
      const { status } = devices.mustFind(id);
      if (!from.includes(status)) {
        throw new RegistryError("wrong_status", `device ${JSON.stringify(id)} is ${status}, not ${from.join(" or ")}`);
      }
      if (to === "removed") {
        makeTombstone.run(id);
        clientIds.clear(id);
      } else {
        setStatus.run(to, id);
      }
      return devices.mustFind(id);
    },

    setRights(id: string, rights: DeviceRights): Device {
      const device = devices.mustFind(id);
      if (device.status === "removed") {
        throw new RegistryError("device_not_found", `device ${JSON.stringify(id)} was removed`);
      }
      const { group = device.group, passwordHash = device.passwordHash, profile = device.profile } = rights;
      // A password that is set and not rotated ends both it and its predecessor.
      const { previousPassword = rights.passwordHash === undefined ? device.previousPassword : null } = rights;
      setRights.run({
        id,
        schemes: JSON.stringify(rights.schemes ?? device.schemes),
        minKeyGeneration: rights.minKeyGeneration ?? device.minKeyGeneration,
        group: group ?? null,
        attributes: JSON.stringify(rights.attributes ?? device.attributes),
        profile: profile ?? null,
        rules: JSON.stringify(rights.rules ?? device.rules),
        passwordHash: passwordHash ?? null,
        previousHash: previousPassword?.hash ?? null,
        previousUntil: previousPassword?.until ?? null,
      });
      if (rights.clientIds) {
        clientIds.clear(id);
        clientIds.bindAll(rights.clientIds, id, device.createdAt);
      }
      return devices.mustFind(id);
    },
  };
}
