import type { Json, JsonObject } from "../management/management-client.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import {
  autoSubscribeName,
  databaseRulesName,
  type KindName,
  nameOf,
  objectKinds,
  orderName,
  readName,
  settingsName,
} from "./configured-object.ts";
import type { EmqxState } from "./emqx-state.ts";
import { isObject } from "./leaves.ts";

const lists = {
  authenticator: "authenticators",
  source: "sources",
  connector: "connectors",
  action: "actions",
  rule: "rules",
} as const satisfies Record<KindName, keyof EmqxState>;

/** What EMQX will be, as far as can be said, when some steps are done. */
export function stateAfter(state: EmqxState, steps: readonly ConfigurationStep[]): EmqxState {
  return steps.reduce(afterStep, state);
}

function afterStep(state: EmqxState, { object, request }: ConfigurationStep): EmqxState {
  const { body } = request;
  const name = readName(object);
  if (name !== undefined) {
    const list = lists[name.kind];
    return { ...state, [list]: listAfter(name.kind, state[list], object, isObject(body) ? body : undefined) };
  }
  if (object === settingsName && isObject(body)) return { ...state, settings: body };
  if (object === autoSubscribeName && Array.isArray(body)) return { ...state, autoSubscribe: body as JsonObject[] };
  if (object === databaseRulesName && isObject(body)) return { ...state, databaseRules: body["rules"] as JsonObject[] };
  if (object === orderName && Array.isArray(body))
    return { ...state, authenticators: ordered(state.authenticators, body) };
  return state;
}

/** A new authenticator is the last, a new source the first (recorded). */
function listAfter(
  kind: KindName,
  list: readonly JsonObject[],
  object: string,
  body: JsonObject | undefined,
): JsonObject[] {
  const is = (each: JsonObject) => nameOf(kind, objectKinds[kind].id(each)) === object;
  if (body === undefined) return list.filter((each) => !is(each));
  const id = readName(object)?.id ?? "";
  const added: JsonObject = kind === "authenticator" ? { ...body, id } : body;
  if (list.some(is)) return list.map((each) => (is(each) ? { ...each, ...added } : each));
  return kind === "source" ? [added, ...list] : [...list, added];
}

function ordered(authenticators: readonly JsonObject[], order: readonly Json[]): JsonObject[] {
  const ids = order.map((each) => (isObject(each) ? each["id"] : undefined));
  return [...authenticators].sort((a, b) => ids.indexOf(a["id"]) - ids.indexOf(b["id"]));
}
