import type { Json, JsonObject } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import type { ConfigurationPlan, ConfigurationStep, Difference } from "./configuration-step.ts";
import { type KindName, nameOf, objectKinds, pathOf } from "./configured-object.ts";
import { leavesOf, withLeaves } from "./leaves.ts";
import { shownValue } from "./secret-keys.ts";

/** A step and its place: the lower rank is done first. */
export interface RankedStep {
  rank: number;
  step: ConfigurationStep;
}

/** What is to be done about one part of EMQX. */
export interface PlannedPart extends Omit<ConfigurationPlan, "steps"> {
  steps: RankedStep[];
}

export function emptyPart(): PlannedPart {
  return { steps: [], untouched: [], warnings: [], conflicts: [] };
}

/** The order of what is done for `apply`. Rights come first, and are closed when those who have them are let in. */
export const applyRanks = {
  addDatabase: 10,
  databaseRules: 11,
  addAuthenticator: 20,
  changeAuthenticator: 22,
  orderAuthenticators: 23,
  disableAuthenticator: 24,
  httpSource: 30,
  settings: 32,
  disableSource: 33,
  autoSubscribe: 40,
  connector: 50,
  action: 51,
  rule: 52,
  removeRule: 60,
  removeAction: 61,
  removeConnector: 62,
  removeAuthenticator: 63,
} as const;

export function addStep(kind: KindName, id: string, body: JsonObject, why?: string): ConfigurationStep {
  return {
    kind: "add",
    object: nameOf(kind, id),
    ...(why !== undefined && { why }),
    differences: allOf(body),
    request: { method: "POST", path: objectKinds[kind].collection, body },
  };
}

export function putStep(
  kind: ConfigurationStep["kind"],
  object: string,
  body: Json,
  differences: Difference[],
  why?: string,
): ConfigurationStep {
  return {
    kind,
    object,
    ...(why !== undefined && { why }),
    differences,
    request: { method: "PUT", path: pathOf(object), body },
  };
}

export function removeStep(object: string, why?: string): ConfigurationStep {
  return {
    kind: "remove",
    object,
    ...(why !== undefined && { why }),
    differences: [],
    request: { method: "DELETE", path: pathOf(object) },
  };
}

/** Everything in a new object, for people. */
function allOf(body: JsonObject): Difference[] {
  return leavesOf(body).map(({ path, value }) => {
    const to = shownValue(path, value);
    return { key: path.join("."), to: to === mask ? `${mask} (new)` : (to ?? null) };
  });
}

/** What EMQX has, with what is wanted in it: what somebody tuned beside it stays. */
export function mergedBody(live: JsonObject, wanted: JsonObject, unwanted: readonly string[]): JsonObject {
  const gone = unwanted.map((key) => ({ path: key.split("."), value: undefined }));
  const lists = leavesOf(wanted);
  // EMQX 5.8.0 never recovers from "headers": null (recorded).
  const nulls = leavesOf(live)
    .filter(({ value }) => value === null)
    .map(({ path }) => ({ path, value: undefined }));
  return withLeaves(live, [...nulls, ...gone, ...lists]) as JsonObject;
}
