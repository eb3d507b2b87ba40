import type { Database } from "better-sqlite3";
import type { NewDevice } from "../device-registry.ts";
import { prepareClientIdWrites } from "./client-id-writes.ts";
import { prepareDeviceChanges } from "./device-changes.ts";
import { prepareDeviceWrites } from "./device-writes.ts";
import { prepareGroupRightsWrites } from "./group-rights-writes.ts";
import { prepareSightingWrites } from "./sighting-writes.ts";
import type { OperationValue, StoreOperation } from "./store-operation.ts";

/** Does one operation inside a transaction of the caller, with statements prepared once. */
export type StoreWrites = (operation: StoreOperation, staged: (stage: number) => NewDevice[]) => OperationValue;

export function prepareStoreWrites(db: Database): StoreWrites {
  const clientIds = prepareClientIdWrites(db);
  const devices = prepareDeviceWrites(db, clientIds);
  const changes = prepareDeviceChanges(db, devices, clientIds);
  const groups = prepareGroupRightsWrites(db);
  const sightings = prepareSightingWrites(db, clientIds);
  return (operation, staged) => {
    switch (operation.kind) {
      case "enrol":
        return devices.enrol(operation.devices);
      case "add":
        return devices.add(operation.device);
      case "setStatus":
        return changes.setStatus(operation.id, operation.from, operation.to);
      case "setRights":
        return changes.setRights(operation.id, operation.rights);
      case "setGroupRights":
        return groups.setGroupRights(operation.group, operation.rights);
      case "touch":
        return sightings.touch(operation.sightings);
      case "importMany":
        return devices.importMany(staged(operation.stage));
    }
  };
}
