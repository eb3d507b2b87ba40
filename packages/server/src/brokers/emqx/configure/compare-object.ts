import type { Json, JsonObject } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import type { Difference } from "./configuration-step.ts";
import { isObject, leavesOf, valueAt } from "./leaves.ts";
import { isSameValue } from "./same-value.ts";
import { shownValue } from "./secret-keys.ts";
import { isStored, storedAt } from "./stored-certificate.ts";

/** Maps whose keys are all wanted or not: one too many is a difference. Elsewhere EMQX fills in defaults. */
const wholeMaps = [["headers"], ["body"], ["verify_claims"], ["parameters", "headers"]] as const;

/** What is not wanted where it is not said: an action without a template sends what the rule selects. */
const unwanted = [["parameters", "body"]] as const;

/** Whether EMQX has the value it hides there from us, as far as we can know. */
export type KnowsHidden = (key: string, value: Json) => boolean;

/** What is not as wanted in an object of EMQX. What is wanted may leave out what EMQX has defaults for. */
export function compareObject(live: JsonObject, wanted: JsonObject, knowsHidden: KnowsHidden): Difference[] {
  const has = withClaimsAsMap(live);
  const differences: Difference[] = [];
  for (const { path, value } of leavesOf(wanted)) {
    const key = path.join(".");
    const found = valueAt(has, path);
    if (found === mask && value !== mask) {
      if (!knowsHidden(key, value)) differences.push({ key, from: mask, to: newValue(path, value) });
    } else if (isStored(found, value)) {
      if (!knowsHidden(key, storedAt(value, found))) differences.push(difference(path, found, value));
    } else if (!holds(found, value)) {
      differences.push(difference(path, found, value));
    }
  }
  for (const path of [...wholeMaps.flatMap((map) => additionsIn(has, wanted, map)), ...unwanted]) {
    const found = valueAt(has, path);
    if (found !== undefined && valueAt(wanted, path) === undefined)
      differences.push(difference(path, found, undefined));
  }
  return differences;
}

function additionsIn(has: JsonObject, wanted: JsonObject, map: readonly string[]): string[][] {
  const found = valueAt(has, map);
  return isObject(found) && isObject(valueAt(wanted, map)) ? Object.keys(found).map((key) => [...map, key]) : [];
}

function difference(path: readonly string[], from: Json | undefined, to: Json | undefined): Difference {
  const shownFrom = shownValue(path, from);
  return {
    key: path.join("."),
    ...(shownFrom !== undefined && { from: shownFrom }),
    ...(to !== undefined && { to: newValue(path, to) }),
  };
}

function newValue(path: readonly string[], value: Json): Json {
  const shown = shownValue(path, value);
  return shown === mask ? `${mask} (new)` : (shown ?? null);
}

/** Whether a value is as wanted but for what EMQX filled in, also within the members of a list. */
function holds(found: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(found) && Array.isArray(wanted)) {
    return found.length === wanted.length && wanted.every((each, index) => holds(found[index], each));
  }
  if (isObject(found) && isObject(wanted))
    return Object.keys(wanted).every((key) => holds(found[key], wanted[key] ?? null));
  return isSameValue(found, wanted);
}

/** EMQX takes the claims as a list as well, and keeps them so. */
function withClaimsAsMap(object: JsonObject): JsonObject {
  const claims = object["verify_claims"];
  if (!Array.isArray(claims)) return object;
  const entries = claims.flatMap((each): [string, Json][] =>
    isObject(each) && typeof each["name"] === "string" ? [[each["name"], each["value"] ?? null]] : [],
  );
  return { ...object, verify_claims: Object.fromEntries(entries) };
}
