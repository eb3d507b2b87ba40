import { volatile } from "./volatile.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Where an answer differs from the recorded one, as readable lines. A recorder that kept ids only, or some members
 * (`partly`), is followed.
 */
export function differences(recorded: Json, actual: Json, partly = false, path = ""): string[] {
  if (Array.isArray(recorded)) return listDifferences(recorded, actual, partly, path);
  if (isObject(recorded)) {
    if (!isObject(actual)) return [`${path}: ${JSON.stringify(actual)} instead of an object`];
    const missing = Object.keys(recorded).filter((key) => !(key in actual));
    const extra = partly ? [] : Object.keys(actual).filter((key) => !(key in recorded));
    const named = [
      ...missing.map((key) => `${path}.${key} is missing`),
      ...extra.map((key) => `${path}.${key} is extra`),
    ];
    const inner = Object.entries(recorded).filter(([key]) => key in actual);
    return [
      ...named,
      ...inner.flatMap(([key, value]) => {
        const other = actual[key] as Json;
        if (volatile.has(key)) return typeof other === typeof value ? [] : [`${path}.${key}: other type`];
        return differences(value, other, partly, `${path}.${key}`);
      }),
    ];
  }
  return sameText(recorded, actual)
    ? []
    : [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(recorded)}`];
}

function listDifferences(recorded: Json[], actual: Json, partly: boolean, path: string): string[] {
  if (isObject(actual) && Array.isArray(actual["sources"]))
    return listDifferences(recorded, actual["sources"], partly, path);
  if (!Array.isArray(actual)) return [`${path}: ${JSON.stringify(actual)} instead of a list`];
  if (recorded.length !== actual.length) return [`${path}: ${actual.length} items instead of ${recorded.length}`];
  return sorted(recorded, path).flatMap((value, index) => {
    const other = sorted(actual, path)[index] as Json;
    const id = typeof value === "string" && isObject(other) ? (other["id"] ?? other["name"] ?? other["type"]) : other;
    return differences(value, id as Json, partly, `${path}[${index}]`);
  });
}

/** Lists whose order is the order of a hash table in EMQX. */
function sorted(list: Json[], path: string): Json[] {
  const unordered = list.every(
    (one) => isObject(one) && ["user_id", "clientid", "who", "username", "api_key"].some((key) => key in one),
  );
  if (!unordered && !path.endsWith(".excludes")) return list;
  const key = (one: Json) => {
    const { user_id, clientid, who, username, name, topic } = one as Record<string, Json>;
    return JSON.stringify([user_id, clientid, who, username, name, topic]);
  };
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Texts that hold a stack trace or a moment are compared up to it. */
function sameText(recorded: Json, actual: Json): boolean {
  if (typeof recorded !== "string" || typeof actual !== "string") return recorded === actual;
  return cut(recorded) === cut(actual);
}

function cut(text: string): string {
  return text
    .replace(/,\[\{(emqx|stack|<<"action:).*$/s, "")
    .replace(/,\[(\{'NAME'.*)?\]\}\}/s, "")
    .replace(/^\[67,97.*$/s, "<characters>")
    .replace(/^([0-9A-F]{32}|[0-9a-f]{8})$/, "<id>")
    .replace(/^emqx_authn_http:\d+$/, "<resource>")
    .replace(/\d{13}/g, "<ms>")
    .replace(/\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?\+00:00/g, "<time>")
    .replace(/127\.0\.0\.1:(\d+|\{\w+\})/g, "<address>");
}
