import type { GroupView } from "../operations/acl-groups.ts";
import type { ShownRights } from "../operations/acl-show.ts";
import { ruleText } from "./acl-rule-text.ts";
import type { CommandContext } from "./command.ts";
import { printFields, printTable, wrap } from "./print.ts";

/** The rights of one device or service, for people. */
export function printRights(context: CommandContext, rights: ShownRights): void {
  printFields(context, {
    [rights.kind]: rights.id,
    status: rights.status === "active" ? undefined : rights.status,
    group: rights.group,
    "connects with": rights.scheme,
    "client id": rights.clientId,
    "user name": rights.username,
    profile: `${rights.profile} (${rights.profileFrom})`,
  });
  const rows = rights.rules.map((rule) => [
    rule.n === undefined ? "-" : String(rule.n),
    ruleText(rule),
    rule.note === undefined ? rule.from : `${rule.from}; ${rule.note}`,
  ]);
  context.out("\n");
  printTable(context, ["", "RULE", "FROM"], rows);
  if (rights.subscriptions.length > 0) {
    context.out("\nThe broker subscribes it to:\n");
    for (const { topic, qos, note } of rights.subscriptions) {
      printTable(context, [`  ${topic}`, `QoS ${qos}`, note ?? ""], []);
    }
  }
  if (rights.notes.length > 0) context.out("\n");
  for (const note of rights.notes) context.out(`${wrap(note)}\n`);
}

const places: Record<GroupView["from"], string> = {
  configuration: "connack.yaml",
  registry: "connack acl set",
  none: "nobody: its devices have what they would have without it",
};

/** The rights of a group, as they were set. */
export function printGroup(context: CommandContext, group: Omit<GroupView, "devices"> & Partial<GroupView>): void {
  const { devices } = group;
  printFields(context, {
    group: group.group,
    devices: devices && countText(devices),
    "set by": places[group.from].split(" "),
    profile: group.profile,
  });
  const rows = group.rules.map((rule, index) => [String(index + 1), ruleText(rule)]);
  if (rows.length > 0) printTable(context, ["", "RULE"], rows);
}

export function countText({ count, more }: GroupView["devices"]): string {
  return more ? `more than ${count}` : String(count);
}
