import { type Device, maxClientIds } from "../device.ts";
import type { Sighting } from "../device-registry.ts";

/**
 * The device as it will be once the store has folded the sighting in; see DeviceRegistry.touch. The client id must be
 * free or the device's own. Devices are never changed in place: others hold them.
 */
export function foldSighting(device: Device, sighting: Sighting): Device {
  const { at, refusal, address, clientId } = sighting;
  if (refusal !== undefined) {
    if (device.lastRefusal !== undefined && device.lastRefusal.at > at) return device;
    return Object.freeze({ ...device, lastRefusal: Object.freeze({ reason: refusal, at }) });
  }
  if (device.status === "revoked" || device.status === "removed") return device;
  const folded: Device = {
    ...device,
    firstSeenAt: Math.min(device.firstSeenAt ?? at, at),
    lastSeenAt: Math.max(device.lastSeenAt ?? at, at),
  };
  if (address !== undefined && at >= (device.lastSeenAt ?? at)) folded.lastAddress = address;
  if (clientId !== undefined) folded.clientIds = latestLast(device.clientIds, clientId);
  return Object.freeze(folded);
}

function latestLast(clientIds: string[], latest: string): string[] {
  if (clientIds.at(-1) === latest) return clientIds;
  const others = clientIds.filter((clientId) => clientId !== latest);
  return Object.freeze([...others, latest].slice(-maxClientIds)) as string[];
}

/** The device, or a copy of it, that nobody can change: it is handed to many. */
export function frozenDevice(device: Device): Device {
  if (isFrozen(device)) return device;
  const { schemes, attributes, clientIds, lastRefusal } = device;
  return Object.freeze({
    ...device,
    schemes: Object.freeze([...schemes]) as Device["schemes"],
    attributes: Object.freeze({ ...attributes }),
    clientIds: Object.freeze([...clientIds]) as string[],
    ...(lastRefusal && { lastRefusal: Object.freeze({ ...lastRefusal }) }),
  });
}

function isFrozen(device: Device): boolean {
  const { schemes, attributes, clientIds, lastRefusal } = device;
  return [device, schemes, attributes, clientIds, lastRefusal].every((part) => Object.isFrozen(part));
}
