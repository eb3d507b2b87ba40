import type { AclRuleTemplate, CompiledAclRule, Qos, SchemeName } from "@connack/credentials";
import type { Device } from "../registry/device.ts";
import { mayHave, type Profile, type ProfileName, profiles } from "./profiles.ts";
import type { GroupRights } from "./rights.ts";
import { mustReadRule, RuleList } from "./rule-list.ts";

/** What a device may do before its values are put in: its own rules, then its group's, then its profile's. */
export interface ResolvedRights {
  profile: ProfileName;
  /** Who chose the profile, for the operator. */
  profileFrom: string;
  rules: readonly CompiledAclRule[];
  /** Where each of the rules comes from, e.g. `group lamps (configuration), rule 2`. */
  origins: readonly string[];
  /** Templates of the filters that the broker subscribes to for the device. */
  subscriptions: readonly { rule: CompiledAclRule; qos: Qos }[];
}

export type ResolveRights = (device: Device, scheme: SchemeName, group: string | undefined) => ResolvedRights;

/** Profile of a device that nobody has given one. */
export const defaultProfiles: Record<SchemeName, ProfileName> = {
  "xiaozhi-hmac": "xiaozhi",
  "xiaozhi-unsigned": "xiaozhi-unsigned",
  jwt: "sensor",
  password: "sensor",
  "client-certificate": "sensor",
};

/** Combinations of scheme, group and profile that are kept; more than a fleet has. Beyond it the memory is emptied. */
const mostShared = 10_000;

/**
 * Prepares rights once: what devices have in common together, and rules of a single device with those rules, which stay
 * the same object while the device is in memory.
 */
export function createResolveRights(groups: GroupRights): ResolveRights {
  let shared = new Map<string, ResolvedRights>();
  let own = new WeakMap<readonly AclRuleTemplate[], { key: string; resolved: ResolvedRights }>();
  let version = groups.version();
  return (device, scheme, group) => {
    const current = groups.version();
    if (current !== version || shared.size >= mostShared) {
      shared = new Map();
      own = new WeakMap();
      version = current;
    }
    const { kind, id, profile, rules } = device;
    if (rules.length === 0) {
      const key = `${kind} ${scheme} ${profile?.length} ${profile} ${group === undefined ? "" : `=${group}`}`;
      const known = shared.get(key);
      if (known !== undefined) return known;
      const resolved = resolve(device, scheme, group, groups);
      shared.set(key, resolved);
      return resolved;
    }
    const key = JSON.stringify([kind, scheme, profile, group, id]);
    const known = own.get(rules);
    if (known?.key === key) return known.resolved;
    const resolved = resolve(device, scheme, group, groups);
    own.set(rules, { key, resolved });
    return resolved;
  };
}

/** Groups are of devices; a service has what it was given and nothing else. */
function resolve(device: Device, scheme: SchemeName, group: string | undefined, groups: GroupRights): ResolvedRights {
  const { kind, id } = device;
  const ofGroup = kind === "service" || group === undefined ? undefined : groups.find(group);
  const [profile, profileFrom] = chooseProfile(device, scheme, group, ofGroup);
  const list = new RuleList();
  list.add(device.rules, (index) => `${kind} ${id}, rule ${index + 1}`);
  list.add(ofGroup?.rules ?? [], (index) => `group ${group} (${ofGroup?.from}), rule ${index + 1}`);
  list.addPrepared(preparedProfiles[profile]);
  const { subscriptions } = preparedProfiles[profile];
  return { profile, profileFrom, rules: list.rules, origins: list.origins, subscriptions };
}

const preparedProfiles = Object.fromEntries(
  Object.entries(profiles).map(([name, { rules, subscriptions = [] }]: [string, Profile]) => {
    const ready = rules.flatMap(mustReadRule);
    const origins = ready.map(() => `profile ${name}`);
    const subscribed = subscriptions.flatMap(({ topic, qos }) =>
      mustReadRule({ permission: "allow", action: "subscribe", topics: [topic] }).map((rule) => ({ rule, qos })),
    );
    return [name, { rules: ready, origins, subscriptions: subscribed }];
  }),
) as unknown as Record<ProfileName, Pick<ResolvedRights, "rules" | "origins" | "subscriptions">>;

function chooseProfile(
  { kind, profile }: Device,
  scheme: SchemeName,
  group: string | undefined,
  ofGroup: ReturnType<GroupRights["find"]>,
): [ProfileName, string] {
  if (profile !== undefined) {
    // Written by a newer version, or meant for the other kind: it gives nothing.
    return mayHave(kind, profile) ? [profile, `set for this ${kind}`] : ["none", `a ${kind} cannot have what is set`];
  }
  if (kind === "service") return ["none", "default for services"];
  if (ofGroup?.profile !== undefined) return [ofGroup.profile, `group ${group} (${ofGroup.from})`];
  return [defaultProfiles[scheme], `default for ${scheme}`];
}
