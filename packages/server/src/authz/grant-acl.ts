import {
  type AclRule,
  type CompiledAclRule,
  type ExpandedAcl,
  expandAcl,
  expandAclRule,
  type Qos,
  type TemplateValues,
} from "@connack/credentials";
import type { ResolvedRights } from "./resolve-rights.ts";

/** The rights of one client, its values put in. */
export interface GrantedAcl {
  rules: AclRule[];
  /** For each rule what it was made from; `undefined` for a closing denial. See `originOf`. */
  sources: readonly (CompiledAclRule | undefined)[];
  subscriptions: { topic: string; qos: Qos }[];
}

export function grantAcl(rights: ResolvedRights, values: TemplateValues): GrantedAcl {
  const expanded = expandAcl(rights.rules, values);
  return { ...expanded, subscriptions: subscriptionsOf(rights, values, expanded) };
}

/** Where the rule at an index of `rules` comes from, for the operator. */
export function originOf(rights: ResolvedRights, { sources }: Pick<GrantedAcl, "sources">, index: number): string {
  const source = sources[index];
  return (source && rights.origins[rights.rules.indexOf(source)]) ?? closing;
}

const closing = "closing rule: what nothing allows is denied";

function subscriptionsOf(
  { subscriptions }: ResolvedRights,
  values: TemplateValues,
  { rules, sources }: ExpandedAcl,
): GrantedAcl["subscriptions"] {
  if (subscriptions.length === 0) return [];
  const made: GrantedAcl["subscriptions"] = [];
  for (const { rule, qos } of subscriptions) {
    // Most often a rule of the same template has put the values in already.
    const same = indexOfTemplate(sources, rule.topic);
    const topic = same >= 0 ? rules[same]?.topic : expandAclRule(rule, values)?.topic;
    if (topic !== undefined && !made.some((other) => other.topic === topic)) made.push({ topic, qos });
  }
  return made;
}

function indexOfTemplate(sources: ExpandedAcl["sources"], topic: string): number {
  for (let index = 0; index < sources.length; index++) if (sources[index]?.topic === topic) return index;
  return -1;
}
