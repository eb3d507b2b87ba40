import type { Device } from "../registry/device.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";

/** The service of that very name, a removed one too. Throws `service_not_found`, and `is_device` for a device. */
export async function findServiceOrFail(registry: Pick<DeviceRegistry, "find">, name: string): Promise<Device> {
  const found = await registry.find(name);
  if (found?.kind === "service") return found;
  if (found) {
    throw new OperationError(
      "is_device",
      `${JSON.stringify(name)} is a device, no service`,
      `connack device show ${quoteWord(found.id)}`,
    );
  }
  throw new OperationError(
    "service_not_found",
    `there is no service ${JSON.stringify(name)}`,
    "connack service list shows all; connack service add makes one",
  );
}
