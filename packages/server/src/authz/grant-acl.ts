import { type AclRule, type CompiledAclRule, expandAcl, type Qos, type TemplateValues } from "@connack/credentials";
import type { ResolvedRights } from "./resolve-rights.ts";

/** The rights of one client, its values put in. */
export interface GrantedAcl {
  rules: AclRule[];
  /** For each rule what it was made from; `undefined` for a closing denial. See `originOf`. */
  sources: readonly (CompiledAclRule | undefined)[];
  subscriptions: { topic: string; qos: Qos }[];
}

export function grantAcl(rights: ResolvedRights, values: TemplateValues): GrantedAcl {
  const { rules, sources } = expandAcl(rights.rules, values);
  return { rules, sources, subscriptions: subscriptionsOf(rights, values) };
}

/** Where the rule at an index of `rules` comes from, for the operator. */
export function originOf(rights: ResolvedRights, { sources }: Pick<GrantedAcl, "sources">, index: number): string {
  const source = sources[index];
  return (source && rights.origins[rights.rules.indexOf(source)]) ?? closing;
}

const closing = "closing rule: what nothing allows is denied";

function subscriptionsOf({ subscriptions }: ResolvedRights, values: TemplateValues): GrantedAcl["subscriptions"] {
  if (subscriptions.length === 0) return [];
  const filters = expandAcl(
    subscriptions.map(({ rule }) => rule),
    values,
  );
  return subscriptions.flatMap(({ rule, qos }) => {
    const topic = filters.rules[filters.sources.indexOf(rule)]?.topic;
    return topic === undefined ? [] : [{ topic, qos }];
  });
}
