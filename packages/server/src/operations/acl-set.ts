import type { AclRuleTemplate } from "@connack/credentials";
import { z } from "zod";
import { type ProfileName, profileNames, profilesFor } from "../authz/profiles.ts";
import { aclRuleInput, rightsLimits } from "../authz/rights-input.ts";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { findDeviceOrService } from "./acl-find.ts";
import { type GroupView, showGroup } from "./acl-groups.ts";
import { type ShownRights, shownRights } from "./acl-show.ts";
import { changeInTurn, entryNamed, groupNamed } from "./change-in-turn.ts";
import { connectionsEnded, rightsChanged } from "./describe-change.ts";
import { kickDevice, kickGroup } from "./kick-connections.ts";
import { type Actor, OperationError, type ToldChange } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";

/** Of `id` and `group` one. */
export const setAclInput = z.strictObject({
  id: z.string().min(1).max(256).optional(),
  group: z.string().min(1).max(256).optional(),
  /** `null` takes the own profile away. */
  profile: z.enum(profileNames).nullable().optional(),
  rules: z.array(aclRuleInput).max(rightsLimits.rules).optional(),
  /** Put the rules behind those that are there, instead of in their place. */
  append: z.boolean().default(false),
  /** Take profile and rules away. */
  clear: z.boolean().default(false),
  /** End the connections they concern, so that they come back with the new rights. */
  kick: z.boolean().default(false),
});
type Wanted = z.infer<typeof setAclInput>;

/** The rights as they are now, and how they come to hold: with a connection as it is they change nothing. */
export type SetRights = (ShownRights | GroupView) & {
  effective: "at next connect";
  /** The command that makes them hold now. */
  kickCommand: string;
  /** Connections that were ended because that was asked for. */
  ended?: number;
  /** Why they were not ended. */
  notEnded?: { code: string; message: string; next?: string | undefined };
  warnings: string[];
};

/** Changes the own rights of a device or, for an admin, of a service, or those of a group. */
export async function setAcl(house: House, input: Wanted, changed: ToldChange, by: Actor): Promise<SetRights> {
  const { id, group } = input;
  if (group !== undefined && id === undefined) return setGroup(house, group, input, changed);
  if (id !== undefined && group === undefined) return setOne(house, id, input, changed, by);
  throw new OperationError("bad_input", "whose rights: those of one device or service, or of one group?");
}

async function setOne(house: House, id: string, input: Wanted, changed: ToldChange, by: Actor): Promise<SetRights> {
  const device = await findDeviceOrService(house.registry, id);
  const tell = (detail: string | undefined) => changed({ deviceId: device.id, detail });
  const after = await changeInTurn(house.registry, entryNamed(device.id), () =>
    changeOne(house, device.id, input, tell, by),
  );
  const kick = input.kick ? await tryKick(() => kickDevice(house, after)) : {};
  tell(connectionsEnded(kick.ended));
  return {
    ...shownRights(house, after),
    effective: "at next connect",
    kickCommand: `connack ${device.kind} kick ${quoteWord(device.id)}`,
    ...kick,
    warnings: warningsOf(input),
  };
}

type Tell = (detail: string | undefined) => void;

async function changeOne({ registry }: House, id: string, input: Wanted, tell: Tell, by: Actor): Promise<Device> {
  const device = await findDeviceOrService(registry, id);
  if (device.kind === "service" && by.role !== "admin") throw onlyForAdmins(by);
  checkProfile(input.profile, device.kind);
  const rules = rulesAfter(device.rules, input);
  const profile = input.clear ? null : input.profile;
  const after = await registry.setRights(id, { ...(rules && { rules }), ...(profile !== undefined && { profile }) });
  tell(rightsChanged(device, after));
  return after;
}

/** Services are an admin's: a superuser among them has the fleet. */
function onlyForAdmins({ role }: Actor): OperationError {
  return new OperationError(
    "not_allowed",
    `to change the rights of a service wants the role admin, and this has the role ${role}`,
  );
}

async function setGroup(house: House, group: string, input: Wanted, changed: ToldChange): Promise<SetRights> {
  if (Object.hasOwn(house.config.acl.groups, group)) {
    throw new OperationError(
      "group_in_configuration",
      `the rights of group ${JSON.stringify(group)} are set in ${placeOf(house)}, and those count`,
      `change acl.groups there, or take the group out there; then: connack config apply`,
    );
  }
  checkProfile(input.profile, "device");
  const tell: Tell = (detail) => changed({ detail: detail && `group ${group}: ${detail}` });
  await changeInTurn(house.registry, groupNamed(group), () => changeGroup(house, group, input, tell));
  const kick = input.kick ? await tryKick(async () => (await kickGroup(house, group)).ended) : {};
  tell(connectionsEnded(kick.ended));
  return {
    ...(await showGroup(house, group)),
    effective: "at next connect",
    kickCommand: `connack device kick --group ${quoteWord(group)}`,
    ...kick,
    warnings: warningsOf(input),
  };
}

async function changeGroup({ registry }: House, group: string, input: Wanted, tell: Tell): Promise<void> {
  const stored = registry.findGroupRights(group);
  const rules = rulesAfter(stored?.rules ?? [], input) ?? stored?.rules ?? [];
  const profile = input.clear || input.profile === null ? undefined : (input.profile ?? stored?.profile);
  const isEmpty = profile === undefined && rules.length === 0;
  const after = isEmpty ? null : { rules, ...(profile !== undefined && { profile }) };
  await registry.setGroupRights(group, after);
  tell(rightsChanged(stored, after ?? undefined));
}

/** Where the groups of the configuration stand. */
function placeOf(house: House): string {
  const source = house.loaded.sources["acl.groups"];
  return source === undefined || source === "default" ? "the configuration" : source;
}

function checkProfile(profile: ProfileName | null | undefined, kind: Device["kind"]): void {
  if (profile === undefined || profile === null || profilesFor(kind).includes(profile)) return;
  throw new OperationError(
    "profile_not_allowed",
    `profile ${profile} is not for a ${kind}; a ${kind} may have ${profilesFor(kind).join(", ")}`,
    kind === "device" ? `connack service add <name> --profile ${profile} makes a service` : undefined,
  );
}

/** The own rules after the change; `undefined` when they stay. */
function rulesAfter(own: readonly AclRuleTemplate[], input: Wanted): readonly AclRuleTemplate[] | undefined {
  if (input.clear) return [];
  if (input.rules === undefined) return undefined;
  const rules = input.append ? [...own, ...input.rules] : input.rules;
  if (rules.length <= rightsLimits.rules) return rules;
  throw new OperationError(
    "too_many_rules",
    `that would be ${rules.length} rules, and ${rightsLimits.rules} are the most`,
    "one rule with a wildcard may stand for many; or give rights to a group",
  );
}

/** The rights are set already: that connections cannot be ended is told, and no failure of the change. */
async function tryKick(kick: () => Promise<number>): Promise<Pick<SetRights, "ended" | "notEnded">> {
  try {
    return { ended: await kick() };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { code, message, next } = error;
    return { notEnded: { code, message, next } };
  }
}

function warningsOf({ profile, rules = [] }: Wanted): string[] {
  const warnings: string[] = [];
  if (profile === "superuser") warnings.push("A superuser may read and write everything, for every device.");
  const topics = rules.flatMap((rule) => rule.topics);
  const emptied = topics.find((topic) => topic.includes("//"));
  if (emptied !== undefined) {
    warnings.push(
      `${JSON.stringify(emptied)} has a level without a name. If a \${…} was to stand there: write it in single quotes, the shell takes it out of double ones.`,
    );
  }
  return warnings;
}
