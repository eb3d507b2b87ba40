export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON as EMQX prints its maps: keys in descending order of their bytes (recorded in bodies and error texts). */
export function descendingJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(descendingJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${descendingJson(value[key])}`).join(",")}}`;
}
