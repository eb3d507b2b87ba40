import type { Device } from "../registry/device.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { macFromPerson } from "./mac-from-person.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";

/** The device of that very id, else the one of that MAC, which may be written in any of its forms. Tombstones count. Throws `device_not_found`, and `is_service` for a service. */
export async function findDeviceOrFail(registry: Pick<DeviceRegistry, "find">, id: string): Promise<Device> {
  const mac = macFromPerson(id);
  const device = (await registry.find(id)) ?? (mac === undefined ? undefined : await registry.find(mac));
  if (device?.kind === "service") throw isService(device.id);
  if (device) return device;
  throw new OperationError(
    "device_not_found",
    `there is no device ${JSON.stringify(id)}`,
    "connack device list shows all; connack device add makes one",
  );
}

/** A command for devices was given a service. */
export function isService(id: string): OperationError {
  return new OperationError(
    "is_service",
    `${JSON.stringify(id)} is a service, no device`,
    `connack service show ${quoteWord(id)}`,
  );
}
