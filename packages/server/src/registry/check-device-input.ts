import { maxClientIds } from "./device.ts";
import type { DeviceRights, NewDevice, Sighting } from "./device-registry.ts";

/** Longest texts a device may carry, in UTF-16 units; `attributes` counts the JSON of all of them. */
export const deviceLimits = {
  id: 256,
  group: 256,
  clientId: 512,
  scheme: 64,
  passwordHash: 512,
  address: 64,
  attributes: 4096,
} as const;

/**
 * Whether a text may be kept. A lone surrogate has no UTF-8 form: stores would replace it, and two identities that
 * differ only there would become one.
 */
export function isStorableText(text: unknown, longest: number): text is string {
  return typeof text === "string" && text.length > 0 && text.length <= longest && !/\p{Surrogate}/u.test(text);
}

/**
 * A copy of the device that any store can keep, with nothing but the known members.
 * @throws RangeError that names the member, never its value.
 */
export function checkNewDevice(device: NewDevice): NewDevice {
  if (!isStorableText(device.id, deviceLimits.id)) throw badMember("id");
  if (device.status !== "active" && device.status !== "pending") throw badMember("status");
  if (!Number.isSafeInteger(device.createdAt)) throw badMember("createdAt");
  const { schemes, minKeyGeneration, group, attributes, passwordHash, clientIds } = checkDeviceRights(device);
  return {
    id: device.id,
    status: device.status,
    schemes: schemes ?? [],
    createdAt: device.createdAt,
    ...(minKeyGeneration !== undefined && { minKeyGeneration }),
    ...(typeof group === "string" && { group }),
    ...(attributes && { attributes }),
    ...(typeof passwordHash === "string" && { passwordHash }),
    ...(clientIds && { clientIds }),
  };
}

/**
 * A copy of the rights that any store can keep. Members that are `undefined` are left out.
 * @throws RangeError that names the member, never its value.
 */
export function checkDeviceRights(rights: DeviceRights): DeviceRights {
  const { schemes, minKeyGeneration, group, attributes, passwordHash, clientIds } = rights;
  const checked: DeviceRights = {};
  if (schemes !== undefined) {
    if (!schemes.every((scheme) => isStorableText(scheme, deviceLimits.scheme))) throw badMember("schemes");
    checked.schemes = [...new Set(schemes)];
  }
  if (minKeyGeneration !== undefined) {
    if (!Number.isSafeInteger(minKeyGeneration) || minKeyGeneration < 0) throw badMember("minKeyGeneration");
    checked.minKeyGeneration = minKeyGeneration;
  }
  if (group !== undefined) checked.group = checkOptionalText("group", group);
  if (passwordHash !== undefined) checked.passwordHash = checkOptionalText("passwordHash", passwordHash);
  if (attributes !== undefined) checked.attributes = checkAttributes(attributes);
  if (clientIds !== undefined) checked.clientIds = checkClientIds(clientIds);
  return checked;
}

/** The sighting as a store can keep it; `undefined` when it is of no use. What is unfit is left out. */
export function storableSighting(sighting: Sighting): Sighting | undefined {
  const { deviceId, at, address, refusal, clientId } = sighting;
  if (!isStorableText(deviceId, deviceLimits.id) || !Number.isSafeInteger(at)) return undefined;
  return {
    deviceId,
    at,
    ...(isStorableText(address, deviceLimits.address) && { address }),
    ...(refusal !== undefined && { refusal }),
    ...(refusal === undefined && isStorableText(clientId, deviceLimits.clientId) && { clientId }),
  };
}

function checkOptionalText(member: "group" | "passwordHash", text: string | null): string | null {
  if (text !== null && !isStorableText(text, deviceLimits[member])) throw badMember(member);
  return text;
}

function checkAttributes(attributes: Record<string, string>): Record<string, string> {
  const texts = Object.entries(attributes).flat();
  if (!texts.every((text) => typeof text === "string" && !/\p{Surrogate}/u.test(text))) throw badMember("attributes");
  if (JSON.stringify(attributes).length > deviceLimits.attributes) throw badMember("attributes");
  return { ...attributes };
}

/** Given twice, the later place counts: the order is that of use. */
function checkClientIds(clientIds: string[]): string[] {
  const distinct = [...new Set([...clientIds].reverse())].reverse();
  if (distinct.length > maxClientIds) throw badMember("clientIds");
  if (!distinct.every((clientId) => isStorableText(clientId, deviceLimits.clientId))) throw badMember("clientIds");
  return distinct;
}

function badMember(member: string): RangeError {
  return new RangeError(`device ${member}: missing, too long or not text that can be stored`);
}
