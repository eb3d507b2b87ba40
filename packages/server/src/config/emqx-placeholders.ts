import { isTopicFilter } from "@connack/credentials";

const placeholder = /\$\{([^}]*)\}/g;

/** Names of the placeholders in a template of EMQX: `clientid` of `devices/${clientid}/#`. */
export function placeholdersIn(template: string): string[] {
  return [...template.matchAll(placeholder)].map(([, name = ""]) => name);
}

const known: ReadonlySet<string> = new Set(["clientid", "username"]);

/** Whether EMQX would fill in all of them. One that it does not know stays as it is, and matches nobody. */
export function hasOnlyKnownPlaceholders(template: string): boolean {
  return placeholdersIn(template).every((name) => known.has(name));
}

/** A topic filter in which `${clientid}` and `${username}` may stand for parts of a level. */
export function isSubscriptionTemplate(template: string): boolean {
  return hasOnlyKnownPlaceholders(template) && isTopicFilter(template.replace(placeholder, "x"));
}
