import { join } from "node:path";
import { loadConfig } from "../packages/server/src/config/load-config.ts";
import { openHouse } from "../packages/server/src/open-house.ts";
import type { NewDevice } from "../packages/server/src/registry/device-registry.ts";
import { clientIdOf, type FleetKeys, macOf, passwordDeviceOf } from "./fleet.ts";
import { serviceEnvironment } from "./start-servers.ts";

export interface FolderOptions {
  keys: Omit<FleetKeys, "broker">;
  devices: number;
  passwordDevices: number;
  /** Of `keys.password`. */
  passwordHash: string;
}

/**
 * Imports the devices through the registry into the data folder of a service in `folder`, which is made when it is not
 * there. Gives back the bearer token that the service has for its broker.
 */
export async function prepareFolder(folder: string, options: FolderOptions): Promise<string> {
  const { keys, devices, passwordDevices, passwordHash } = options;
  const overrides = { dataDir: join(folder, "connack-data") };
  const house = await openHouse({ loaded: loadConfig({ env: serviceEnvironment(keys), cwd: folder, overrides }) });
  try {
    const createdAt = Date.now();
    const schemes: NewDevice["schemes"] = ["xiaozhi-hmac", "jwt"];
    const fleet: NewDevice[] = [];
    for (let device = 0; device < devices; device++) {
      fleet.push({ id: macOf(device), status: "active", schemes, clientIds: [clientIdOf(device)], createdAt });
    }
    for (let number = 0; number < passwordDevices; number++) {
      const id = passwordDeviceOf(number);
      fleet.push({ id, status: "active", schemes: ["password"], passwordHash, clientIds: [id], createdAt });
    }
    await house.registry.importMany(fleet);
    return house.brokerToken;
  } finally {
    await house.close();
  }
}
