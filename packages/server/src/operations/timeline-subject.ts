import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { StoreUnavailable } from "../registry/device-registry.ts";
import { macFromPerson } from "./mac-from-person.ts";

/** Whom a timeline is about. */
export interface TimelineSubject {
  /** What was asked for. */
  asked: string;
  /** Device or service, registered or only met in the audit. */
  deviceId?: string;
  /** What was asked for is this client id. */
  clientId?: string;
  device?: Device;
}

/**
 * Finds who is meant: a device of that id, else of that MAC in any form, else the one that a client id of that name
 * belongs to; else whoever the audit knows by it, first as a device. While the registry cannot be read, the audit alone.
 */
export async function findTimelineSubject(
  { registry, audit }: Pick<House, "registry" | "audit">,
  asked: string,
): Promise<TimelineSubject> {
  const mac = macFromPerson(asked);
  const names = mac === undefined || mac === asked ? [asked] : [asked, mac];
  try {
    for (const name of names) {
      const device = name.length <= longestId ? await registry.find(name) : undefined;
      if (device) return { asked, deviceId: device.id, device };
    }
    const owner = await registry.findClientIdOwner(asked);
    const device = owner === undefined ? undefined : await registry.find(owner);
    if (device) return { asked, deviceId: device.id, clientId: asked, device };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
  for (const deviceId of names)
    if ((await audit.query({ deviceId, limit: 1 })).events.length > 0) return { asked, deviceId };
  const [last] = (await audit.query({ clientId: asked, limit: 1 })).events;
  return last === undefined ? { asked, deviceId: mac ?? asked } : { asked, clientId: asked };
}

const longestId = 256;
