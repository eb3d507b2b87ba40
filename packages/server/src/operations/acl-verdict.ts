import { type AclRule, compileAcl, type Qos, type TopicRequest } from "@connack/credentials";
import { z } from "zod";
import { statusRefusals } from "../authz/status-refusals.ts";
import type { House } from "../open-house.ts";
import { commonTopic } from "./acl-common-topic.ts";
import { type EffectiveRule, effectiveRights, rulesThatHold } from "./acl-effective.ts";
import { findDeviceOrService } from "./acl-find.ts";
import { maySpeak } from "./acl-permitted-by.ts";
import { checkScheme, whoInput } from "./acl-show.ts";
import { checkTopic, hasWildcard, topicNotes } from "./acl-topic.ts";

export const testAclInput = z.strictObject({
  ...whoInput,
  action: z.enum(["publish", "subscribe"]),
  topic: z.string().min(1),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
  retain: z.boolean().default(false),
});
type TestAclInput = z.infer<typeof testAclInput>;

export interface AclAnswer {
  id: string;
  kind: "device" | "service";
  result: "allow" | "deny";
  action: "publish" | "subscribe";
  topic: string;
  qos: Qos;
  retain?: boolean;
  scheme: string;
  /** The rule that decided; absent when the status did, or no rule speaks about it. */
  rule?: EffectiveRule;
  /** Why, when it was no rule. */
  because?: string;
  /** Denials inside of an allowed filter: the embedded broker withholds these messages, EMQX delivers them. */
  withheld: EffectiveRule[];
  notes: string[];
}

/** What a device or service may do, decided as for a CONNECT of now. Throws `bad_input` for what is no topic. */
export async function testAcl(house: House, input: TestAclInput): Promise<AclAnswer> {
  const { action, topic, qos, retain } = input;
  checkTopic(action, topic);
  const device = await findDeviceOrService(house.registry, input.id);
  checkScheme(device, input.scheme);
  const { rules, scheme } = effectiveRights(house.resolveRights, device, input);
  const { rules: held, of } = rulesThatHold(rules);
  const acl = compileAcl(held);
  const request: TopicRequest = action === "publish" ? { action, topic, qos, retain } : { action, topic, qos };
  const verdict = acl.decide(request);
  const rule = verdict.rule === undefined ? undefined : of[verdict.rule];
  const refusal = statusRefusals[device.status];
  const { id, kind } = device;
  const asked = { id, kind, action, topic, qos, ...(action === "publish" && { retain }), scheme };
  const notes = [...topicNotes(action, topic), ...openNotes(rules, rule, request)];
  if (refusal) {
    return { ...asked, result: "deny", because: `it is ${device.status} (${refusal})`, withheld: [], notes };
  }
  return {
    ...asked,
    result: verdict.allowed ? "allow" : "deny",
    ...(rule ? { rule } : { because: "no rule speaks about it" }),
    withheld: verdict.allowed && action === "subscribe" ? denialsInside(topic, verdict.rule ?? 0, held, of) : [],
    notes,
  };
}

/** Denials that come before the rule that allowed, and about a part of the filter only. */
function denialsInside(
  filter: string,
  allowedBy: number,
  held: readonly AclRule[],
  of: readonly EffectiveRule[],
): EffectiveRule[] {
  const acl = compileAcl(held);
  return of.slice(0, allowedBy).filter((rule) => {
    if (rule.permission !== "deny" || rule.action === "publish") return false;
    const literal = rule.topic.startsWith("eq ");
    const denied = literal ? rule.topic.slice("eq ".length) : rule.topic;
    // No message has a wildcard in its topic.
    const example = literal && hasWildcard(denied) ? undefined : commonTopic(denied, filter);
    return example !== undefined && !acl.mayReceive(example);
  });
}

/** Rules before the decisive one that may say something else once their values are known. */
function openNotes(
  rules: readonly EffectiveRule[],
  decisive: EffectiveRule | undefined,
  { action, topic }: TopicRequest,
): string[] {
  const end = decisive === undefined ? rules.length : rules.indexOf(decisive);
  return rules
    .slice(0, end)
    .filter((rule) => maySpeak(rule, action, topic))
    .map(({ n, topic, note }) => `Rule ${n} (${topic}) was left out: ${note}. Give --client-id or --username.`);
}
