import {
  type AclRule,
  type AclRuleTemplate,
  expandAcl,
  expandAclRule,
  parseXiaozhiClientId,
  type Qos,
  type SchemeName,
  type TemplateValues,
} from "@connack/credentials";
import { aclValues } from "../authz/acl-values.ts";
import { originOf } from "../authz/grant-acl.ts";
import type { ResolvedRights, ResolveRights } from "../authz/resolve-rights.ts";
import type { Device } from "../registry/device.ts";
import { explainOpen, type OpenTopic } from "./acl-open-topic.ts";

/** With what somebody connects. What is left out is what the registry knows. */
export interface ConnectsWith {
  scheme?: SchemeName | undefined;
  clientId?: string | undefined;
  username?: string | undefined;
}

/**
 * One rule as it stands for a device. `holds`: part of what the broker gets. `at connect`: its topic has a value that
 * only the CONNECT brings. `never`: it allows nothing, and if it was to deny, it ends the list.
 */
export interface EffectiveRule {
  /** Place in the list, from 1; absent for a rule that is not in it. */
  n?: number;
  permission: AclRuleTemplate["permission"];
  action: AclRuleTemplate["action"];
  /** With its values put in, else the template. */
  topic: string;
  qos?: readonly Qos[];
  retain?: boolean;
  from: string;
  state: "holds" | "at connect" | "never";
  /** Why it does not hold as it stands. */
  note?: string;
}

export interface EffectiveRights {
  scheme: SchemeName;
  group?: string;
  clientId?: string;
  username?: string;
  profile: ResolvedRights["profile"];
  profileFrom: string;
  rules: EffectiveRule[];
  subscriptions: { topic: string; qos: Qos; note?: string }[];
}

/** What a device may do when it connects so: the list that a CONNECT would get, and what it still leaves open. */
export function effectiveRights(
  resolveRights: ResolveRights,
  device: Device,
  { scheme = device.schemes[0] ?? "jwt", clientId = device.clientIds.at(-1), username }: ConnectsWith,
): EffectiveRights {
  const xiaozhi = clientId !== undefined && scheme.startsWith("xiaozhi") ? parseXiaozhiClientId(clientId) : undefined;
  // Unsigned, a client id may name any group: it counts for nothing there.
  const named = scheme === "xiaozhi-hmac" ? xiaozhi?.group : undefined;
  const group = device.group ?? (named || undefined);
  const resolved = resolveRights(device, scheme, group);
  const name = username ?? (scheme === "password" ? device.id : undefined);
  const values = aclValues({
    device,
    ...(clientId !== undefined && { clientId }),
    ...(name !== undefined && { username: name }),
    ...(xiaozhi && { proven: { mac: xiaozhi.deviceText, ...(named && { group: named }) } }),
  });
  const open = (topic: string) => explainOpen(topic, values, { scheme, attributes: device.attributes });
  return {
    scheme,
    ...(group !== undefined && { group }),
    ...(clientId !== undefined && { clientId }),
    ...(name !== undefined && { username: name }),
    profile: resolved.profile,
    profileFrom: resolved.profileFrom,
    rules: listRules(resolved, values, open),
    subscriptions: listSubscriptions(resolved, values, open),
  };
}

/** The rules of the list that hold, as a broker gets them; `numbers` are their places in the list. */
export function rulesThatHold(rules: readonly EffectiveRule[]): { rules: AclRule[]; of: EffectiveRule[] } {
  const of = rules.filter(({ state }) => state === "holds");
  const held = of.map(({ permission, action, topic, qos, retain }) => ({
    permission,
    action,
    topic,
    ...(qos && { qos }),
    ...(retain !== undefined && { retain }),
  }));
  return { rules: held, of };
}

type Open = (topic: string) => OpenTopic;

function listRules(resolved: ResolvedRights, values: TemplateValues, explain: Open): EffectiveRule[] {
  const listed: EffectiveRule[] = [];
  const seen = new Set<string>();
  let n = 0;
  for (const [index, rule] of resolved.rules.entries()) {
    const { permission, action, qos, retain } = rule.template;
    const told = { permission, action, ...(qos && { qos }), ...(retain !== undefined && { retain }) };
    const from = resolved.origins[index] ?? "";
    const rendered = expandAclRule(rule, values);
    if (rendered !== undefined) {
      // Two templates often give one topic.
      const key = JSON.stringify(rendered);
      if (!seen.has(key)) listed.push({ n: ++n, ...told, topic: rendered.topic, from, state: "holds" });
      seen.add(key);
      continue;
    }
    const open = explain(rule.topic);
    if (open.state === "at connect") {
      listed.push({ n: ++n, ...told, topic: rule.topic, from, ...open });
      continue;
    }
    const denies = permission === "deny";
    const note = denies ? `${open.note}: whatever would come after it is denied` : `${open.note}: it matches nothing`;
    listed.push({ ...told, topic: rule.topic, from, state: "never", note });
    if (denies) break;
  }
  const closing = expandAcl([], {});
  const from = originOf(resolved, closing, 0);
  for (const rule of closing.rules) listed.push({ n: ++n, ...rule, from, state: "holds" });
  return listed;
}

function listSubscriptions(
  { subscriptions }: ResolvedRights,
  values: TemplateValues,
  explain: Open,
): EffectiveRights["subscriptions"] {
  const listed = new Map<string, EffectiveRights["subscriptions"][number]>();
  for (const { rule, qos } of subscriptions) {
    const topic = expandAclRule(rule, values)?.topic;
    if (topic !== undefined) listed.set(topic, { topic, qos });
    else {
      const { state, note } = explain(rule.topic);
      if (state === "at connect") listed.set(rule.topic, { topic: rule.topic, qos, note });
    }
  }
  return [...listed.values()];
}
