import type { AclRuleTemplate, Qos } from "@connack/credentials";
import { type CommandInput, type CommandOption, UsageError } from "./command.ts";
import { text } from "./option-values.ts";

/** Options that are rules, in the order of the help. */
export const ruleOptions: readonly CommandOption[] = [
  {
    flags: "--allow-publish <topic>",
    description: "rule: may publish; rules may be repeated, the first match wins",
    repeatable: true,
  },
  { flags: "--allow-subscribe <filter>", description: "rule: may subscribe", repeatable: true },
  { flags: "--allow <topic>", description: "rule: may publish and subscribe", repeatable: true },
  { flags: "--deny-publish <topic>", description: "rule: may not publish", repeatable: true },
  { flags: "--deny-subscribe <filter>", description: "rule: may not subscribe", repeatable: true },
  { flags: "--deny <topic>", description: "rule: may neither publish nor subscribe", repeatable: true },
  { flags: "--qos <levels>", description: "these rules speak about these QoS levels only, e.g. 0,1" },
  { flags: "--retain", description: "of these rules, those about publishing speak about retained messages only" },
  { flags: "--no-retain", description: "the same for messages that are not retained" },
];

const meanings: Record<string, Pick<AclRuleTemplate, "permission" | "action">> = {
  allowPublish: { permission: "allow", action: "publish" },
  allowSubscribe: { permission: "allow", action: "subscribe" },
  allow: { permission: "allow", action: "all" },
  denyPublish: { permission: "deny", action: "publish" },
  denySubscribe: { permission: "deny", action: "subscribe" },
  deny: { permission: "deny", action: "all" },
};

/** The rules of the command line, in its order; `undefined` when there are none. Throws `UsageError`. */
export function rulesFrom(input: CommandInput): AclRuleTemplate[] | undefined {
  const qos = qosLevels(text(input, "qos"));
  const { retain } = input.options;
  const rules = (input.inOrder ?? []).flatMap(({ option, value }): AclRuleTemplate[] => {
    const meaning = meanings[option];
    if (!meaning) return [];
    const withRetain = typeof retain === "boolean" && meaning.action !== "subscribe";
    return [{ ...meaning, topics: [value], ...(qos && { qos }), ...(withRetain && { retain }) }];
  });
  if (rules.length === 0) {
    if (qos || retain !== undefined)
      throw new UsageError("--qos and --retain belong to rules: give --allow-publish or the like");
    return undefined;
  }
  if (retain !== undefined && rules.every(({ action }) => action === "subscribe")) {
    throw new UsageError("--retain means nothing for rules about subscribing: leave it out");
  }
  return rules;
}

function qosLevels(levels: string | undefined): Qos[] | undefined {
  if (levels === undefined) return undefined;
  if (!/^[012](,[012]){0,2}$/.test(levels)) {
    throw new UsageError(`--qos takes 0, 1, 2 or several of them as 0,1, not ${JSON.stringify(levels)}`);
  }
  return [...new Set(levels.split(",").map((level) => Number(level) as Qos))];
}

/** `--qos` of one message or subscription. */
export function oneQos(input: CommandInput): Qos | undefined {
  const level = text(input, "qos");
  if (level === undefined) return undefined;
  if (!/^[012]$/.test(level)) throw new UsageError(`--qos takes 0, 1 or 2, not ${JSON.stringify(level)}`);
  return Number(level) as Qos;
}

/** With what somebody connects, where rights depend on it. */
export const connectOptions: readonly CommandOption[] = [
  { flags: "--scheme <scheme>", description: "kind of credential, where it may use several (default: its first)" },
  { flags: "--client-id <id>", description: "client id it connects with (default: its latest one)" },
  { flags: "--username <name>", description: "user name it connects with" },
];
