import type { Json, JsonObject } from "../management/management-client.ts";

/** One value of a JSON document, and the keys that lead to it. A list is one value. */
export interface Leaf {
  path: readonly string[];
  value: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All values that are no objects, and empty objects. */
export function leavesOf(value: Json, path: readonly string[] = []): Leaf[] {
  if (!isObject(value)) return [{ path, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([key, below]) => leavesOf(below, [...path, key]));
}

export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** A copy with other values in some places; without the place where the value is `undefined`. */
export function withLeaves(value: Json, leaves: readonly { path: readonly string[]; value: Json | undefined }[]): Json {
  let changed = structuredClone(value);
  for (const { path, value: leaf } of leaves) {
    const last = path.at(-1);
    if (last === undefined) {
      if (leaf !== undefined) changed = leaf;
      continue;
    }
    let at = changed;
    for (const key of path.slice(0, -1)) {
      if (!isObject(at)) break;
      if (!isObject(at[key])) at[key] = {};
      at = at[key] as Json;
    }
    if (!isObject(at)) continue;
    if (leaf === undefined) delete at[last];
    else at[last] = leaf;
  }
  return changed;
}

/** A copy of an object without some of its keys. */
export function without(value: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}
