import { type Acl, type AclRule, compileAcl, filterCovers, type Qos } from "@connack/credentials";
import { commonTopic } from "./acl-common-topic.ts";
import { type EffectiveRule, rulesThatHold } from "./acl-effective.ts";
import { hasWildcard } from "./acl-topic.ts";

type Action = "publish" | "subscribe";

/** What allows it, and under which conditions. */
export interface Permitted {
  rule: EffectiveRule;
  note?: string;
}

/** The rule by which somebody with these rights may do it in some form; `undefined` when none does. */
export function permittedBy(rules: readonly EffectiveRule[], action: Action, topic: string): Permitted | undefined {
  const { rules: held, of } = rulesThatHold(rules);
  const acl = compileAcl(held);
  const ruleAt = (index: number | undefined) => (index === undefined ? undefined : of[index]);
  for (const request of requests(held, action, topic)) {
    const verdict = acl.decide(request);
    const rule = verdict.allowed ? ruleAt(verdict.rule) : undefined;
    if (rule) return { rule, ...noteOnRequest(rule, request) };
  }
  return action === "subscribe" && !hasWildcard(topic) ? readThroughFilter(held, of, acl, topic) : undefined;
}

/** Whether a rule whose topic only the CONNECT completes may come to speak about this. */
export function maySpeak(rule: EffectiveRule, action: Action, topic: string): boolean {
  if (rule.state !== "at connect" || (rule.action !== "all" && rule.action !== action)) return false;
  return commonTopic(anyValues(rule.topic), topic) !== undefined;
}

/** The filter that covers whatever the template may come to. */
function anyValues(template: string): string {
  const levels = template.replace(/^eq /, "").split("/");
  return levels.map((level) => (level.includes("${") ? "+" : level)).join("/");
}

type Request = Parameters<Acl["decide"]>[0];

/** Every form of the request that some rule tells apart; usually one. */
function requests(rules: readonly AclRule[], action: Action, topic: string): Request[] {
  const qosLevels: readonly Qos[] = rules.some(({ qos }) => qos) ? [0, 1, 2] : [0];
  if (action === "subscribe") return qosLevels.map((qos) => ({ action, topic, qos }));
  const retained = rules.some(({ retain }) => retain !== undefined) ? [false, true] : [false];
  return qosLevels.flatMap((qos) => retained.map((retain) => ({ action, topic, qos, retain })));
}

function noteOnRequest({ qos, retain }: EffectiveRule, request: Request): { note?: string } {
  const limits = [
    ...(qos ? [`QoS ${qos.join(", ")}`] : []),
    ...(retain === undefined || request.action === "subscribe" ? [] : [retain ? "retained" : "not retained"]),
  ];
  return limits.length === 0 ? {} : { note: `only ${limits.join(", ")}` };
}

/**
 * Whoever may not subscribe to the topic by its name may still get it through a wider filter: one that is allowed
 * literally (`eq`), or, at EMQX, one with a denial inside.
 */
function readThroughFilter(
  held: readonly AclRule[],
  of: readonly EffectiveRule[],
  acl: Acl,
  topic: string,
): Permitted | undefined {
  for (const [index, rule] of held.entries()) {
    if (rule.permission === "deny" || rule.action === "publish") continue;
    const filter = rule.topic.startsWith("eq ") ? rule.topic.slice("eq ".length) : rule.topic;
    const shown = of[index];
    if (!shown || !hasWildcard(filter) || !filterCovers(filter, topic)) continue;
    const qos = rule.qos?.[0] ?? 0;
    if (!acl.decide({ action: "subscribe", topic: filter, qos }).allowed) continue;
    const embedded = acl.mayReceive(topic);
    return {
      rule: shown,
      note: embedded ? `through ${filter}` : `through ${filter}, at EMQX; the embedded broker withholds it`,
    };
  }
  return undefined;
}
