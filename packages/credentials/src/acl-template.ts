import type { AclRule, Qos } from "./acl.ts";
import { compileTemplate, type Template } from "./template.ts";
import type { TemplateValues } from "./template-values.ts";
import { isTopicFilter, isTopicLevel } from "./topic-filter.ts";

/** A rule as people write it: topics are templates, such as `devices/${deviceId}/#`. */
export interface AclRuleTemplate {
  permission: "allow" | "deny";
  action: "publish" | "subscribe" | "all";
  /** One rule each; `eq ` in front makes the filter stand for its own text. */
  topics: readonly string[];
  qos?: readonly Qos[];
  retain?: boolean;
}

/** A template of one topic, read once. */
export interface CompiledAclRule {
  readonly template: AclRuleTemplate;
  readonly topic: string;
  readonly render: Template["render"];
  /** Whatever usable values are put in, the result is a topic filter of the shape that the template has. */
  readonly keepsShape: boolean;
}

export type AclRuleResult = { ok: true; rules: CompiledAclRule[] } | { ok: false; error: string };

const literalMark = "eq ";

/** Reads a rule, one result per topic. `error` names the topic and what is wrong with it. */
export function compileAclRule(template: AclRuleTemplate): AclRuleResult {
  const rules: CompiledAclRule[] = [];
  for (const topic of template.topics) {
    const compiled = compileTemplate(topic);
    if (!compiled.ok) return { ok: false, error: `${quoted(topic)}: ${compiled.error}` };
    const example = withoutMark(topic.replace(/\$\{[^}]*\}/g, "x"));
    if (!isTopicFilter(example)) return { ok: false, error: `${quoted(topic)}: not an MQTT topic filter` };
    rules.push({ template, topic, render: compiled.render, keepsShape: keepsShape(topic) });
  }
  return { ok: true, rules };
}

export interface ExpandedAcl {
  /** What goes to the broker, closing denials included. */
  rules: AclRule[];
  /** For each rule the template it was made from; `undefined` for a closing denial. */
  sources: (CompiledAclRule | undefined)[];
}

/**
 * Puts the values into the rules. A value that is missing or that could widen its rule – with `+ # /`, a control
 * character, or a placeholder of the broker's own such as `${clientid}`, which EMQX would put in after us – makes an
 * allowing rule vanish. A denying rule that cannot be put together ends the list: what would come after it is denied.
 */
export function expandAcl(rules: readonly CompiledAclRule[], values: TemplateValues): ExpandedAcl {
  const expanded: ExpandedAcl = { rules: [], sources: [] };
  // To look through a few is cheaper than to make a set for each client.
  const topics = rules.length > fewRules ? new Set<string>() : undefined;
  for (const rule of rules) {
    const made = expandAclRule(rule, values);
    if (made === undefined) {
      if (rule.template.permission === "deny") break;
      continue;
    }
    // Two templates often give one topic, e.g. with the MAC as sent and in canonical form.
    if ((topics === undefined || topics.has(made.topic)) && hasRule(expanded.rules, made)) continue;
    topics?.add(made.topic);
    expanded.rules.push(made);
    expanded.sources.push(rule);
  }
  for (const closing of closingRules) {
    expanded.rules.push(closing);
    expanded.sources.push(undefined);
  }
  return expanded;
}

const fewRules = 16;

/** One rule with its values put in; `undefined` where `expandAcl` would leave it out or end the list. */
export function expandAclRule(rule: CompiledAclRule, values: TemplateValues): AclRule | undefined {
  if (rule.topic.includes("${")) return withTopic(rule, renderTopic(rule, values));
  // Always the same: made once, for all devices.
  const known = constantRules.get(rule);
  if (known !== undefined) return known;
  const made = withTopic(rule, renderTopic(rule, {}));
  if (made !== undefined) constantRules.set(rule, Object.freeze(made));
  return made;
}

const constantRules = new WeakMap<CompiledAclRule, AclRule>();

function withTopic({ template }: CompiledAclRule, topic: string | undefined): AclRule | undefined {
  if (topic === undefined) return undefined;
  const { permission, action, qos, retain } = template;
  const rule: AclRule = { permission, action, topic };
  if (qos !== undefined) rule.qos = qos;
  if (retain !== undefined) rule.retain = retain;
  return rule;
}

function hasRule(rules: readonly AclRule[], wanted: AclRule): boolean {
  for (const rule of rules) if (isSameRule(rule, wanted)) return true;
  return false;
}

/** The same QoS in another order make another rule, which does no harm. */
function isSameRule(one: AclRule, other: AclRule): boolean {
  return (
    one.topic === other.topic &&
    one.action === other.action &&
    one.permission === other.permission &&
    one.retain === other.retain &&
    one.qos?.join() === other.qos?.join()
  );
}

/**
 * A template whose values stand behind its first level, and where no value meets another one, a `$` before it or a `{`
 * behind it. What `renderTopic` looks for cannot come about there.
 */
function keepsShape(topic: string): boolean {
  const shape = topic.replace(/\$\{[^}]*\}/g, "\0");
  return !topic.startsWith(literalMark) && /^[^\0/$]+\//.test(shape) && !/\0\0|\$\0|\0\{/.test(shape);
}

function renderTopic(rule: CompiledAclRule, values: TemplateValues): string | undefined {
  const topic = rule.render(values, isUsableValue);
  if (topic === undefined || rule.keepsShape) return topic;
  // Neither a value nor its place may turn a plain filter into a literal one, or lead into the broker's own topics.
  if (topic.startsWith(literalMark) !== rule.topic.startsWith(literalMark)) return undefined;
  // Two values, or a value and what follows it, may make a placeholder of the broker's that neither holds.
  if (topic.includes("${")) return undefined;
  const filter = withoutMark(topic);
  const [firstLevel = ""] = withoutMark(rule.topic).split("/");
  if (filter.startsWith("$") && firstLevel.includes("${")) return undefined;
  return isTopicFilter(filter) ? topic : undefined;
}

function isUsableValue(value: string): boolean {
  return isTopicLevel(value) && !value.includes("${");
}

function withoutMark(topic: string): string {
  return topic.startsWith(literalMark) ? topic.slice(literalMark.length) : topic;
}

/**
 * `#` covers no topic that begins with `$`, and EMQX asks its other sources, by default ending in allow, about what
 * no rule covers: publishing to `$delayed/1/a` would go past every right.
 */
const closingRules: readonly AclRule[] = ["#", "$SYS/#", "$delayed/#", "$exclusive/#", "$file/#", "$events/#"].map(
  (topic) => Object.freeze({ permission: "deny", action: "all", topic }),
);

/** As much of a topic as tells which one is meant. */
function quoted(topic: string): string {
  return topic.length > 80 ? `${topic.slice(0, 80)}…` : topic;
}
