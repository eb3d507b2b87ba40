import { profileNames } from "../authz/profiles.ts";
import type { GroupView } from "../operations/acl-groups.ts";
import type { SetRights } from "../operations/acl-set.ts";
import { ruleOptions, rulesFrom } from "./acl-options.ts";
import { countText, printGroup, printRights } from "./acl-print.ts";
import {
  type Command,
  type CommandContext,
  type CommandInput,
  type ExitCode,
  exitCodes,
  UsageError,
} from "./command.ts";
import { given, text } from "./option-values.ts";
import { paint, printJson, wrap } from "./print.ts";

export const aclSet: Command = {
  name: "acl set",
  summary: "Set the own rights of a device, a service or a group; they hold from the next connect",
  arguments: [{ name: "[who]", description: "id of a device, or name of a service" }],
  options: [
    { flags: "--group <name>", description: "the rights of a group instead; own rights of its devices come first" },
    { flags: "--profile <name>", description: "what holds behind the rules", choices: profileNames },
    { flags: "--no-profile", description: "take the own profile away: that of the group or the default holds" },
    ...ruleOptions,
    { flags: "--append", description: "put the rules behind those that are there (default: in their place)" },
    { flags: "--clear", description: "take all own rules and the own profile away" },
    { flags: "--kick", description: "end the connections it concerns, so that it holds at once" },
  ],
  examples: [
    "connack acl set sensor-1 --deny-publish devices/sensor-1/firmware --allow 'devices/sensor-1/#'",
    `connack acl set --group lamps --profile none --allow 'lamps/\${deviceId}/#' --kick`,
    "connack acl set sensor-1 --clear",
  ],
  async run(input, context) {
    const changed = (await context.call("acl.set", requestFrom(input))) as SetRights;
    if (context.json) printJson(context, changed);
    else printChanged(context, changed);
    return answerOf(changed, context);
  },
};

function requestFrom(input: CommandInput) {
  const [id] = input.args;
  const group = text(input, "group");
  if ((id === undefined) === (group === undefined)) throw new UsageError("give one: a device or service, or --group");
  const { profile, append, clear, kick } = input.options;
  const rules = rulesFrom(input);
  if (append === true && !rules) throw new UsageError("--append is for rules: give --allow-publish or the like");
  if (clear === true && (rules || profile !== undefined)) {
    throw new UsageError("--clear takes everything away: leave --profile and the rules out");
  }
  if (clear !== true && !rules && profile === undefined) {
    throw new UsageError("nothing to change: give --profile, --no-profile, a rule such as --allow, or --clear");
  }
  return given({
    id,
    group,
    profile: profile === false ? null : profile,
    rules,
    append: append === true || undefined,
    clear: clear === true || undefined,
    kick: kick === true || undefined,
  });
}

function isGroup(changed: SetRights): changed is SetRights & GroupView {
  return "devices" in changed;
}

function printChanged(context: CommandContext, changed: SetRights): void {
  if (isGroup(changed)) printGroup(context, changed);
  else printRights(context, changed);
  for (const warning of changed.warnings) context.out(`\n${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
  const whom = isGroup(changed) ? ` Devices concerned: ${countText(changed.devices)}.` : "";
  const { ended } = changed;
  if (ended === undefined) {
    context.out(`\n${wrap(`Effective at next connect.${whom} To make it hold now:`)}\n${changed.kickCommand}\n`);
  } else context.out(`\n${wrap(`Effective at next connect.${whom} Connections ended: ${ended}.`)}\n`);
}

/** The rights are set; that the connections could not be ended, though that was asked for, is told and is no 0. */
function answerOf({ notEnded }: SetRights, context: CommandContext): ExitCode {
  // Without a server nothing is connected to its broker: there is nothing left to do.
  if (!notEnded || notEnded.code === "not_running") return exitCodes.ok;
  if (!context.json) {
    context.err(`${wrap(`connack: not kicked: ${notEnded.message}`, "", context.errColumns)}\n`);
    if (notEnded.next !== undefined) context.err(`Next: ${notEnded.next}\n`);
  }
  return exitCodes.unavailable;
}
