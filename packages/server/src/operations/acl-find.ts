import type { Device } from "../registry/device.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { macFromPerson } from "./mac-from-person.ts";
import { OperationError } from "./operation.ts";

/** The device or service of that id; a MAC may be written in any of its forms. Throws `device_not_found`. */
export async function findDeviceOrService(registry: Pick<DeviceRegistry, "find">, id: string): Promise<Device> {
  const mac = macFromPerson(id);
  const device = (await registry.find(id)) ?? (mac === undefined ? undefined : await registry.find(mac));
  if (device) return device;
  throw new OperationError(
    "device_not_found",
    `there is no device or service ${JSON.stringify(id)}`,
    "connack device list and connack service list show all",
  );
}
