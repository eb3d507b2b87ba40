import { isObject, type JsonObject } from "../json.ts";

export interface AclRule {
  permission: "allow" | "deny";
  action: "publish" | "subscribe" | "all";
  topics: string[];
  qos: number[];
  retain: boolean | "all";
}

/** Rules that came with the credential. */
export interface ClientAcl {
  rules: AclRule[];
  /** The old map form of a JWT is a white list; of the list form, what no rule matches goes on to the sources. */
  otherwise: "deny" | "continue";
  expiresAtSeconds: number | undefined;
  /** `authz_source` in events (recorded for http). */
  origin: string;
}

/** The rules of `acl` in an answer or token; `undefined` where one of them is wrong. */
export function readAclRules(list: unknown[]): AclRule[] | undefined {
  const rules = list.map(readAclRule);
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}

/** The old form `{"pub":[…],"sub":[…],"all":[…]}`. */
export function readAclMap(map: JsonObject): AclRule[] | undefined {
  const rules: AclRule[] = [];
  for (const [key, action] of [
    ["pub", "publish"],
    ["sub", "subscribe"],
    ["all", "all"],
  ] as const) {
    const topics = map[key] ?? [];
    if (!Array.isArray(topics) || !topics.every((topic) => typeof topic === "string")) return undefined;
    rules.push({ permission: "allow", action, topics: topics as string[], qos: [0, 1, 2], retain: "all" });
  }
  return rules;
}

const actions: Record<string, AclRule["action"]> = {
  publish: "publish",
  pub: "publish",
  subscribe: "subscribe",
  sub: "subscribe",
  all: "all",
};

/** One rule as the API, an answer or a token writes it. */
export function readAclRule(value: unknown): AclRule | undefined {
  if (!isObject(value)) return undefined;
  const { permission, action, topic, topics } = value;
  const list = typeof topic === "string" ? [topic] : topics;
  const qos = readQos(value["qos"]);
  const retain = readRetain(value["retain"]);
  const known = typeof action === "string" ? actions[action] : undefined;
  if ((permission !== "allow" && permission !== "deny") || !known || !qos || retain === undefined) return undefined;
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string")) return undefined;
  return { permission, action: known, topics: list as string[], qos, retain };
}

function readQos(value: unknown): number[] | undefined {
  if (value === undefined || value === null) return [0, 1, 2];
  const list = Array.isArray(value) ? value : String(value).split(",");
  const numbers = list.map(Number);
  return numbers.every((one) => [0, 1, 2].includes(one)) ? numbers : undefined;
}

function readRetain(value: unknown): boolean | "all" | undefined {
  if (value === undefined || value === null || value === "all") return "all";
  if (value === true || value === 1 || value === "true" || value === "1") return true;
  return value === false || value === 0 || value === "false" || value === "0" ? false : undefined;
}
