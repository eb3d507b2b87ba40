import { canonicalMac } from "@connack/credentials";
import type { Device } from "../registry/device.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { OperationError } from "./operation.ts";

/** The device of that id; a MAC may be written in any of its forms. Tombstones count. Throws `device_not_found`. */
export async function findDeviceOrFail(registry: Pick<DeviceRegistry, "find">, id: string): Promise<Device> {
  const mac = canonicalMac(id);
  const device = (await registry.find(id)) ?? (mac === undefined ? undefined : await registry.find(mac));
  if (device) return device;
  throw new OperationError(
    "device_not_found",
    `there is no device ${JSON.stringify(id)}`,
    "connack device list shows all; connack device add makes one",
  );
}
