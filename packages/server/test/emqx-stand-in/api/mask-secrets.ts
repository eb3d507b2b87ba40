import { isObject, type Json, type JsonObject } from "../json.ts";

const secretKeys = ["password", "secret", "token"];
const secretHeaders = ["authorization", "proxy-authorization"];
const stars = "******";

/** What GET shows: values of these keys as six stars; of headers only two are kept from view (recorded). */
export function maskSecrets(config: JsonObject): JsonObject {
  return mapSecrets(config, () => stars) as JsonObject;
}

/** Six stars in the place of a secret mean the old one; without an old one the stars themselves are stored. */
export function restoreSecrets(config: JsonObject, old: JsonObject): JsonObject {
  return mapSecrets(config, (value, path) => {
    if (value !== stars) return value;
    const before = path.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), old);
    return before ?? value;
  }) as JsonObject;
}

type Change = (value: Json, path: string[]) => Json;

function mapSecrets(value: Json, change: Change, path: string[] = []): Json {
  if (!isObject(value)) return value;
  const keys = path.at(-1) === "headers" ? secretHeaders : secretKeys;
  const entries = Object.entries(value).map(([key, one]): [string, Json] => {
    const secret = keys.includes(key) && typeof one === "string";
    return [key, secret ? change(one, [...path, key]) : mapSecrets(one, change, [...path, key])];
  });
  return Object.fromEntries(entries);
}
