import type { GroupView } from "../operations/acl-groups.ts";
import type { ShownRights } from "../operations/acl-show.ts";
import { connectOptions } from "./acl-options.ts";
import { printGroup, printRights } from "./acl-print.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { given, text } from "./option-values.ts";
import { printJson } from "./print.ts";

export const aclShow: Command = {
  name: "acl show",
  summary: "Show what a device or service may do, rule by rule, and who said so",
  arguments: [{ name: "[who]", description: "id of a device, or name of a service" }],
  options: [
    { flags: "--group <name>", description: "the rights of a group instead" },
    { flags: "--groups", description: "all groups that have rights" },
    ...connectOptions,
  ],
  examples: ["connack acl show sensor-1", "connack acl show --group lamps"],
  async run(input, context) {
    const [id] = input.args;
    const group = text(input, "group");
    const all = input.options.groups === true;
    if ([id, group, all || undefined].filter((each) => each !== undefined).length !== 1) {
      throw new UsageError("give one: a device or service, --group or --groups");
    }
    if (all) await showGroups(context);
    else if (group !== undefined) {
      const shown = (await context.call("acl.group", { group })) as GroupView;
      if (context.json) printJson(context, shown);
      else printGroup(context, shown);
    } else {
      const connects = {
        scheme: text(input, "scheme"),
        clientId: text(input, "clientId"),
        username: text(input, "username"),
      };
      const rights = (await context.call("acl.show", given({ id, ...connects }))) as ShownRights;
      if (context.json) printJson(context, rights);
      else printRights(context, rights);
    }
    return exitCodes.ok;
  },
};

async function showGroups(context: CommandContext): Promise<void> {
  const answer = (await context.call("acl.groups", {})) as { groups: Omit<GroupView, "devices">[] };
  if (context.json) printJson(context, answer);
  else if (answer.groups.length === 0) context.out("no group has rights of its own\n");
  else {
    for (const [index, group] of answer.groups.entries()) {
      if (index > 0) context.out("\n");
      printGroup(context, group);
    }
  }
}
