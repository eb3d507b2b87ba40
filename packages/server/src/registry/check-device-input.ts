import type { AclRuleTemplate } from "@connack/credentials";
import { maxClientIds, type PreviousPassword } from "./device.ts";
import type { DeviceRights, NewDevice, Sighting, StoredGroupRights } from "./device-registry.ts";
import { answerBytes, longestTopic } from "./rules-size.ts";

/** Longest texts a device may carry, in UTF-16 units; `attributes` counts the JSON of all of them. */
export const deviceLimits = {
  id: 256,
  group: 256,
  clientId: 512,
  scheme: 64,
  passwordHash: 512,
  address: 64,
  attributes: 4096,
  profile: 64,
  /**
   * What all rules may grow to in the answer to a CONNECT (`answerBytes`): those of a device, its group and its profile
   * stay below 64 KiB together.
   */
  rules: 20_480,
} as const;

/**
 * Whether a text may be kept. A lone surrogate has no UTF-8 form: stores would replace it, and two identities that
 * differ only there would become one.
 */
export function isStorableText(text: unknown, longest: number): text is string {
  return typeof text === "string" && text.length > 0 && text.length <= longest && text.isWellFormed();
}

/**
 * A copy of the device that any store can keep, with nothing but the known members.
 * @throws RangeError that names the member, never its value.
 */
export function checkNewDevice(device: NewDevice): NewDevice {
  if (!isStorableText(device.id, deviceLimits.id)) throw badMember("id");
  if (device.status !== "active" && device.status !== "pending") throw badMember("status");
  if (!Number.isSafeInteger(device.createdAt)) throw badMember("createdAt");
  const { kind } = device;
  if (kind !== undefined && kind !== "device" && kind !== "service") throw badMember("kind");
  const { schemes, minKeyGeneration, group, attributes, profile, rules, passwordHash, clientIds } =
    checkDeviceRights(device);
  return {
    id: device.id,
    ...(kind && { kind }),
    status: device.status,
    schemes: schemes ?? [],
    createdAt: device.createdAt,
    ...(minKeyGeneration !== undefined && { minKeyGeneration }),
    ...(typeof group === "string" && { group }),
    ...(attributes && { attributes }),
    ...(typeof profile === "string" && { profile }),
    ...(rules && { rules }),
    ...(typeof passwordHash === "string" && { passwordHash }),
    ...(clientIds && { clientIds }),
  };
}

/**
 * A copy of the rights that any store can keep. Members that are `undefined` are left out.
 * @throws RangeError that names the member, never its value.
 */
export function checkDeviceRights(rights: DeviceRights): DeviceRights {
  const { schemes, minKeyGeneration, group, attributes, profile, rules, passwordHash, previousPassword, clientIds } =
    rights;
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
  if (previousPassword !== undefined) checked.previousPassword = checkPreviousPassword(previousPassword);
  if (profile !== undefined) checked.profile = checkOptionalText("profile", profile);
  if (rules !== undefined) checked.rules = checkRules(rules);
  if (attributes !== undefined) checked.attributes = checkAttributes(attributes);
  if (clientIds !== undefined) checked.clientIds = checkClientIds(clientIds);
  return checked;
}

/** The sighting as a store can keep it; `undefined` when it is of no use. What is unfit is left out. */
export function storableSighting(sighting: Sighting): Sighting | undefined {
  const { deviceId, at, address, refusal, clientId } = sighting;
  if (!isStorableText(deviceId, deviceLimits.id) || !Number.isSafeInteger(at)) return undefined;
  const storable: Sighting = { deviceId, at };
  if (isStorableText(address, deviceLimits.address)) storable.address = address;
  if (refusal !== undefined) storable.refusal = refusal;
  else if (isStorableText(clientId, deviceLimits.clientId)) storable.clientId = clientId;
  return storable;
}

/** A copy of the group's rights that any store can keep. @throws RangeError that names the member */
export function checkGroupRights(group: string, rights: StoredGroupRights | null): StoredGroupRights | null {
  if (!isStorableText(group, deviceLimits.group)) throw badMember("group");
  if (rights === null) return null;
  const { profile, rules } = rights;
  const checked = { rules: checkRules(rules) };
  if (profile === undefined) return checked;
  if (!isStorableText(profile, deviceLimits.profile)) throw badMember("profile");
  return { ...checked, profile };
}

function checkRules(rules: readonly AclRuleTemplate[]): AclRuleTemplate[] {
  const isList = Array.isArray(rules) && rules.every((rule: unknown) => hasTopics(rule));
  if (!isList) throw badMember("rules");
  if (answerBytes(rules) > deviceLimits.rules) {
    const most = `${deviceLimits.rules} bytes, where a topic with a placeholder counts ${longestTopic}`;
    throw new RangeError(`device rules: more than fit into an answer to a CONNECT: ${most}`);
  }
  const json = JSON.stringify(rules);
  if (json.length > 2 * deviceLimits.rules) throw badMember("rules");
  // JSON writes a lone surrogate as \ud800: SQLite would read it back as something else
  if (/\\ud[89a-f]/i.test(json)) throw badMember("rules");
  return JSON.parse(json) as AclRuleTemplate[];
}

function hasTopics(rule: unknown): boolean {
  const topics = (rule as Partial<AclRuleTemplate> | null)?.topics;
  return Array.isArray(topics) && topics.every((topic) => typeof topic === "string");
}

function checkPreviousPassword(previous: PreviousPassword | null): PreviousPassword | null {
  if (previous === null) return null;
  const { hash, until } = previous;
  if (!isStorableText(hash, deviceLimits.passwordHash) || !Number.isSafeInteger(until)) {
    throw badMember("previousPassword");
  }
  return { hash, until };
}

function checkOptionalText(member: "group" | "passwordHash" | "profile", text: string | null): string | null {
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
