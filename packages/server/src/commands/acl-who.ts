import type { houseStatus } from "../house-status.ts";
import type { AclHolder, AclHolders } from "../operations/acl-who.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { ruleText } from "./acl-rule-text.ts";
import { createProgress } from "./acl-who-progress.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { text, wholeNumber } from "./option-values.ts";
import { printJson, printTable, wrap } from "./print.ts";

const mostShown = 1000;

export const aclWho: Command = {
  name: "acl who",
  summary: "List who may publish to a topic or read it, with the rule that says so; for a filter, who may subscribe",
  arguments: [{ name: "<topic>", description: "topic, or filter with + and #" }],
  options: [
    { flags: "--action <action>", description: "only this (default: both)", choices: ["publish", "subscribe"] },
    { flags: "--limit <n>", description: "at most so many devices, and services, up to 1000 (default: 100)" },
  ],
  examples: ["connack acl who devices/sensor-1/temperature", "connack acl who 'devices/#'"],
  async run(input, context) {
    const [topic = ""] = input.args;
    const action = text(input, "action");
    const limit = wholeNumber(input, "limit", "--limit") ?? 100;
    if (limit < 1 || limit > mostShown) throw new UsageError(`--limit takes 1 to ${mostShown}`);
    const ask = (kind: "device" | "service") =>
      collect(context, { topic, ...(action !== undefined && { action }), kind }, limit);
    const services = await ask("service");
    const devices = await ask("device");
    if (context.json) printJson(context, { topic, services, devices });
    else printWho(context, topic, { services, devices });
    return exitCodes.ok;
  },
};

interface Found {
  holders: AclHolder[];
  lookedAt: number;
  notActive: number;
  undecided: number;
  /** Not everything was looked at: `--limit` was reached. */
  more: boolean;
}

/** One stretch of the registry after the other, until there are enough. */
async function collect(
  context: CommandContext,
  question: { topic: string; action?: string; kind: string },
  limit: number,
): Promise<Found> {
  const found: Found = { holders: [], lookedAt: 0, notActive: 0, undecided: 0, more: false };
  const progress = createProgress(context, () => countEntries(context, question.kind));
  let after: string | undefined;
  try {
    do {
      const wanted = limit - found.holders.length;
      const page = (await context.call("acl.who", {
        ...question,
        limit: wanted,
        ...(after !== undefined && { after }),
      })) as AclHolders;
      found.holders.push(...page.holders.slice(0, wanted));
      found.lookedAt += page.lookedAt;
      found.notActive += page.notActive;
      found.undecided += page.undecided;
      after = page.next;
      found.more = after !== undefined || page.holders.length > wanted;
      await progress.at(found.lookedAt + found.notActive);
    } while (after !== undefined && found.holders.length < limit);
  } finally {
    progress.done();
  }
  return found;
}

async function countEntries(context: CommandContext, kind: string): Promise<number> {
  const { devices, services } = (await context.call("status", {})) as Awaited<ReturnType<typeof houseStatus>>;
  const counts: Record<string, number> = (kind === "device" ? devices : services) ?? {};
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function printWho(
  context: CommandContext,
  topic: string,
  { services, devices }: Record<"services" | "devices", Found>,
): void {
  for (const [name, { holders }] of Object.entries({ services, devices })) {
    if (holders.length === 0) context.out(`no ${name}\n`);
    else printTable(context, [name.toUpperCase(), "MAY", "RULE", "FROM"], holders.map(rowOf));
    context.out("\n");
  }
  const left = services.notActive + devices.notActive;
  const looked = `Looked at ${devices.lookedAt} devices and ${services.lookedAt} services`;
  context.out(
    `${wrap(`${looked}${left > 0 ? `, and passed over ${left} that may do nothing as they are not active` : ""}.`)}\n`,
  );
  const open = services.undecided + devices.undecided;
  if (open > 0) {
    const how = "with another client id, user name or claim than what is known of them";
    context.out(`${wrap(`${open} of the others might, ${how}: see connack acl show.`)}\n`);
  }
  if (services.more || devices.more) {
    context.out(`\nThere may be more:\nconnack acl who ${quoteWord(topic)} --limit ${mostShown}\n`);
  }
}

function rowOf({ id, action, rule, scheme, clientId, note }: AclHolder): string[] {
  const how = [
    ...(note === undefined ? [] : [note]),
    ...(clientId === undefined ? [] : [`with client id ${clientId}`]),
    ...(scheme === "password" ? [] : [`with ${scheme}`]),
  ];
  return [id, action === "publish" ? "publish" : "read", ruleText(rule), [rule.from, ...how].join("; ")];
}
