import type { AclRuleTemplate } from "@connack/credentials";
import type { House } from "../open-house.ts";

/** The rights of a group, as they are written; what they come to depends on the device. */
export interface GroupView {
  group: string;
  /** `none`: nobody has given it any. */
  from: "configuration" | "registry" | "none";
  profile?: string;
  rules: readonly AclRuleTemplate[];
  /** Devices that are in it by their entry. */
  devices: CountedDevices;
}

/** A count that stops at a bound, so that a fleet of millions is no work for one question. */
export interface CountedDevices {
  count: number;
  /** There are more. */
  more: boolean;
}

const mostCounted = 10_000;
const pageSize = 1000;

export async function showGroup(house: House, group: string): Promise<GroupView> {
  return { group, ...rightsOfGroup(house, group), devices: await countGroup(house.registry, group) };
}

/** Every group that has rights, by name; of one that has them in both places those of the configuration count. */
export function listGroups(house: House): Omit<GroupView, "devices">[] {
  const names = new Set([...Object.keys(house.config.acl.groups), ...house.registry.groupRights().keys()]);
  return [...names].sort().map((group) => ({ group, ...rightsOfGroup(house, group) }));
}

function rightsOfGroup(house: House, group: string): Omit<GroupView, "group" | "devices"> {
  const { groups } = house.config.acl;
  const configured = Object.hasOwn(groups, group) ? groups[group] : undefined;
  const stored = configured ? undefined : house.registry.groupRights().get(group);
  const { profile, rules } = configured ?? stored ?? { rules: [] };
  const from = configured ? "configuration" : stored ? "registry" : "none";
  return { from, ...(profile !== undefined && { profile }), rules };
}

async function countGroup(registry: House["registry"], group: string): Promise<CountedDevices> {
  let count = 0;
  let after: string | undefined;
  while (count < mostCounted) {
    const page = await registry.list({ group, kind: "device", limit: pageSize, ...(after !== undefined && { after }) });
    count += page.filter(({ status }) => status !== "removed").length;
    if (page.length < pageSize) return { count, more: false };
    after = page.at(-1)?.id;
  }
  return { count, more: true };
}
