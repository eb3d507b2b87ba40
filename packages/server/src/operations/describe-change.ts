import type { AclRuleTemplate } from "@connack/credentials";
import type { Device, DeviceStatus } from "../registry/device.ts";

// What was changed, in words, for the audit. Values that may be secret or long have no place here: of attributes the
// names, of rules and client ids their number.

export function statusChanged(from: DeviceStatus, to: DeviceStatus): string {
  return `status ${from} → ${to}`;
}

type Added = Pick<Device, "status" | "schemes" | "clientIds"> & { group?: string; hasPassword: boolean };

export function deviceAdded({ status, schemes, group, clientIds, hasPassword }: Added): string {
  return listed(
    `added, ${status}`,
    `schemes: ${schemes.join(", ")}`,
    group !== undefined && `group ${group}`,
    clientIds.length > 0 && counted(clientIds.length, "client id"),
    hasPassword && "with a password",
  );
}

/** `undefined` where nothing is different. `newPassword`: it got one. */
export function deviceChanged(before: Device, after: Device, newPassword: boolean): string | undefined {
  const attributes = Object.keys(after.attributes).filter(
    (name) => !Object.hasOwn(before.attributes, name) || before.attributes[name] !== after.attributes[name],
  );
  return orNothing(
    listed(
      differ(before.schemes, after.schemes) && `schemes: ${after.schemes.join(", ")}`,
      before.minKeyGeneration !== after.minKeyGeneration && `minKeyGeneration ${after.minKeyGeneration}`,
      before.group !== after.group && (after.group === undefined ? "no group" : `group ${after.group}`),
      attributes.length > 0 && `attributes: ${attributes.join(", ")}`,
      differ(before.clientIds, after.clientIds) && counted(after.clientIds.length, "client id"),
      newPassword && "new password",
    ),
  );
}

interface OwnRights {
  profile?: string;
  rules: readonly AclRuleTemplate[];
}

/** `undefined` where nothing is different; as an argument it stands for a group without rights. */
export function rightsChanged(before: OwnRights = noRights, after: OwnRights = noRights): string | undefined {
  if (before.profile === after.profile && !differ(before.rules, after.rules)) return undefined;
  return rightsText(after);
}

export function rightsText({ rules, profile }: OwnRights): string {
  return `rules: ${rules.length}, ${profile === undefined ? "no profile" : `profile ${profile}`}`;
}

const noRights: OwnRights = { rules: [] };

/** Connections that were ended; `undefined` for none. */
export function connectionsEnded(ended: number | undefined): string | undefined {
  return ended ? `${counted(ended, "connection")} ended` : undefined;
}

export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

function listed(...parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join("; ");
}

function orNothing(text: string): string | undefined {
  return text === "" ? undefined : text;
}

/** Both are plain lists, in an order that means something. */
function differ(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
