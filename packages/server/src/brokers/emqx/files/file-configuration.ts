import type { DesiredState } from "../configure/desired-state.ts";
import type { Json, JsonObject } from "../management/management-client.ts";

/**
 * What is wanted of EMQX as its configuration has it: by dotted path, in the order it is written. Rules of the built-in
 * database are not among them: EMQX keeps those in its database, and no file can hold them.
 */
export function fileConfiguration(desired: DesiredState): ReadonlyMap<string, Json> {
  const { settings, httpSource, databaseRules } = desired;
  const database: JsonObject[] = databaseRules.length > 0 ? [{ type: "built_in_database", enable: true }] : [];
  const settled = new Map<string, Json>([["authentication", desired.authenticators]]);
  for (const [name, value] of Object.entries(settings)) settled.set(`authorization.${name}`, value);
  // Also where it is empty: the file source that every new EMQX has would allow everything.
  settled.set("authorization.sources", [...database, ...(httpSource ? [httpSource] : [])]);
  if (desired.autoSubscribe.length > 0) settled.set("auto_subscribe.topics", desired.autoSubscribe);
  for (const each of desired.connectors) settled.set(`connectors.${placeOf(each)}`, without(each, "type", "name"));
  for (const each of desired.actions) settled.set(`actions.${placeOf(each)}`, without(each, "type", "name"));
  for (const each of desired.rules) settled.set(`rule_engine.rules.${String(each["id"])}`, without(each, "id"));
  return settled;
}

function placeOf({ type, name }: JsonObject): string {
  return `${String(type)}.${String(name)}`;
}

function without(object: JsonObject, ...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
