import type { DeviceView } from "../operations/device-view.ts";
import type { CommandContext } from "./command.ts";
import { printFields, wrap } from "./print.ts";

/** One device, for people. */
export function printDevice(context: CommandContext, device: DeviceView): void {
  const attributes = Object.entries(device.attributes).map(([name, value]) => `${name}=${value}`);
  printFields(context, {
    device: device.id,
    status: device.status,
    "may use": device.schemes.join(", "),
    "key from": device.minKeyGeneration > 0 ? `generation ${device.minKeyGeneration}` : undefined,
    group: device.group,
    attributes: attributes.join(", "),
    "client ids": device.clientIds.join(", "),
    "password set": device.hasPassword ? "yes" : undefined,
    added: device.createdAt,
    "first seen": device.firstSeenAt,
    "last seen": device.lastSeenAt,
    "last address": device.lastAddress,
    "last refused": device.lastRefusal && `${device.lastRefusal.at}  ${device.lastRefusal.reason}`,
  });
  if (device.lastRefusal)
    context.out(`${wrap(device.lastRefusal.sentence, "  ")}\n${wrap(`Fix: ${device.lastRefusal.fix}`, "  ")}\n`);
}
