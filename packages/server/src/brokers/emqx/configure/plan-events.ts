import type { JsonObject } from "../management/management-client.ts";
import type { ChangeMemory } from "./change-memory.ts";
import { compareObject } from "./compare-object.ts";
import { bodyOf, type KindName, nameOf, objectKinds } from "./configured-object.ts";
import { connackName, ruleNames } from "./desired-events.ts";
import type { DesiredState } from "./desired-state.ts";
import { addStep, applyRanks, emptyPart, mergedBody, type PlannedPart, putStep, removeStep } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";

/** Who tells Connack what happens: what has our name is ours. */
export function planEvents({ state }: LiveEmqx, desired: DesiredState, memory: ChangeMemory): PlannedPart {
  const part = emptyPart();
  const names = {
    connector: [`http:${connackName}`],
    action: [`http:${ruleNames.events}`],
    rule: Object.values(ruleNames),
  };
  planKind(part, "connector", state.connectors, desired.connectors, names.connector, memory);
  planKind(part, "action", state.actions, desired.actions, names.action, memory);
  planKind(part, "rule", state.rules, desired.rules, names.rule, memory);
  return part;
}

const ranks = {
  connector: [applyRanks.connector, applyRanks.removeConnector],
  action: [applyRanks.action, applyRanks.removeAction],
  rule: [applyRanks.rule, applyRanks.removeRule],
} as const;

function planKind(
  part: PlannedPart,
  kind: "connector" | "action" | "rule",
  live: readonly JsonObject[],
  desired: readonly JsonObject[],
  ours: readonly string[],
  memory: ChangeMemory,
): void {
  const [rank, removeRank] = ranks[kind];
  const idOf = (object: JsonObject) => idIn(kind, object);
  const found = new Map(live.map((each) => [idOf(each), each]));
  const wanted = new Map(desired.map((each) => [idOf(each), each]));
  for (const [id, body] of wanted) {
    const object = nameOf(kind, id);
    const existing = found.get(id);
    if (existing === undefined) {
      part.steps.push({ rank, step: addStep(kind, id, body) });
      continue;
    }
    const has = bodyOf(object, existing) as JsonObject;
    const put = bodyOf(object, body) as JsonObject;
    const differences = compareObject(has, put, (key, value) => memory.secrets.knows(object, key, value));
    if (differences.length === 0) continue;
    const gone = differences.filter(({ to }) => to === undefined).map(({ key }) => key);
    part.steps.push({ rank, step: putStep("change", object, mergedBody(has, put, gone), differences) });
  }
  for (const id of found.keys()) {
    const object = nameOf(kind, id);
    if (wanted.has(id)) continue;
    if (!ours.includes(id)) part.untouched.push(object);
    else part.steps.push({ rank: removeRank, step: removeStep(object, "it is not wanted any more") });
  }
}

function idIn(kind: KindName, object: JsonObject): string {
  return objectKinds[kind].id(object);
}
