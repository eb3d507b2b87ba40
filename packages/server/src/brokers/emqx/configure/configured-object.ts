import type { Json, JsonObject } from "../management/management-client.ts";
import type { EmqxState } from "./emqx-state.ts";
import { isObject, without } from "./leaves.ts";

interface ObjectKind {
  /** How its name begins, for people and in snapshots. */
  label: string;
  collection: string;
  id(object: JsonObject): string;
  /** What GET tells and PUT does not take (recorded on 5.8.0: 400 unknown_fields). */
  readOnly: ReadonlySet<string>;
}

const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
/** When they were made and changed is told since 5.9. */
const times = ["created_at", "last_modified_at"];
const told = [
  "name",
  "type",
  "status",
  "status_reason",
  "node_status",
  "actions",
  "sources",
  "rules",
  "error",
  ...times,
];

/** What EMQX has several of, each under an address of its own. */
export const objectKinds = {
  authenticator: {
    label: "authenticator",
    collection: "/authentication",
    id: ({ id }) => text(id),
    readOnly: new Set(["id"]),
  },
  source: {
    label: "authorization source",
    collection: "/authorization/sources",
    id: ({ type }) => text(type),
    readOnly: new Set<string>(),
  },
  connector: {
    label: "connector",
    collection: "/connectors",
    id: ({ type, name }) => `${text(type)}:${text(name)}`,
    readOnly: new Set(told),
  },
  action: {
    label: "action",
    collection: "/actions",
    id: ({ type, name }) => `${text(type)}:${text(name)}`,
    readOnly: new Set(told),
  },
  rule: {
    label: "rule",
    collection: "/rules",
    id: ({ id }) => text(id),
    readOnly: new Set(["id", "from", ...times]),
  },
} as const satisfies Record<string, ObjectKind>;

export type KindName = keyof typeof objectKinds;

/** What EMQX has one of. */
export const settingsName = "authorization settings";
export const autoSubscribeName = "auto-subscriptions";
export const databaseRulesName = "database rules for all clients";
export const orderName = "order of authenticators";
export const cacheName = "authorization cache";

const singles: Readonly<Record<string, string>> = {
  [settingsName]: "/authorization/settings",
  [autoSubscribeName]: "/mqtt/auto_subscribe",
  [databaseRulesName]: "/authorization/sources/built_in_database/rules/all",
  [orderName]: "/authentication/order",
  [cacheName]: "/authorization/cache",
};

/** What people and snapshots call it, e.g. `rule connack_events`. */
export function nameOf(kind: KindName, id: string): string {
  return `${objectKinds[kind].label} ${id}`;
}

/** Which kind of object a name is of, and its id; `undefined` for what there is one of. */
export function readName(name: string): { kind: KindName; id: string } | undefined {
  for (const [kind, { label }] of Object.entries(objectKinds)) {
    if (!Object.hasOwn(singles, name) && name.startsWith(`${label} `)) {
      return { kind: kind as KindName, id: name.slice(label.length + 1) };
    }
  }
  return undefined;
}

/** Where it is in EMQX's API. */
export function pathOf(name: string): string {
  const read = readName(name);
  if (read) return `${objectKinds[read.kind].collection}/${encodeURIComponent(read.id)}`;
  const path = singles[name];
  if (path === undefined) throw new TypeError(`nothing of EMQX is called ${name}`);
  return path;
}

/** What of an object PUT takes, and what does not change by itself. */
export function bodyOf(name: string, object: Json): Json {
  const read = readName(name);
  return read && isObject(object) ? without(object, objectKinds[read.kind].readOnly) : object;
}

/** Everything in a state that can be changed, by name: bodies as PUT takes them, and ids in their order. */
export function objectsOf(state: EmqxState): Map<string, Json> {
  const { authenticators, sources, connectors, actions, rules } = state;
  const found = new Map<string, Json>();
  const put = (kind: KindName, objects: readonly JsonObject[]) => {
    for (const object of objects) {
      const name = nameOf(kind, objectKinds[kind].id(object));
      found.set(name, bodyOf(name, object));
    }
  };
  put("authenticator", authenticators);
  put("source", sources);
  put("connector", connectors);
  put("action", actions);
  put("rule", rules);
  found.set(settingsName, state.settings);
  found.set(autoSubscribeName, state.autoSubscribe);
  if (state.databaseRules !== undefined) found.set(databaseRulesName, state.databaseRules);
  found.set(orderName, authenticators.map(objectKinds.authenticator.id));
  return found;
}
