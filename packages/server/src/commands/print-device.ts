import { type DeviceView, isRefusalOver } from "../operations/device-view.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { listed, wrap } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { printFields } from "./print.ts";

/** One device, for people. */
export function printDevice(context: CommandContext, device: DeviceView): void {
  const attributes = Object.entries(device.attributes).map(([name, value]) => `${name}=${value}`);
  const { lastRefusal } = device;
  const isOver = isRefusalOver(device);
  printFields(context, {
    device: device.id,
    status: device.status,
    "may use": listed(device.schemes),
    "key from": device.minKeyGeneration > 0 ? `generation ${device.minKeyGeneration} of the scheme it uses` : undefined,
    group: device.group,
    profile: device.profile,
    "own rules": device.rules.length > 0 ? `${device.rules.length}, see connack acl show` : undefined,
    attributes: listed(attributes),
    "client ids": listed(device.clientIds),
    "password set": device.hasPassword ? "yes" : undefined,
    added: device.createdAt,
    "first seen": device.firstSeenAt,
    "last seen": device.lastSeenAt,
    "last address": device.lastAddress,
    "last refused": lastRefusal && [
      `${lastRefusal.at}  ${lastRefusal.reason}`,
      ...(isOver ? ["(before the last good login)"] : []),
    ],
  });
  if (lastRefusal && !isOver)
    context.out(`${wrap(lastRefusal.sentence, "  ")}\n${wrap(`Fix: ${lastRefusal.fix}`, "  ")}\n`);
  if (lastRefusal) context.out(`How it came to that: connack device timeline ${quoteWord(device.id)}\n`);
}
