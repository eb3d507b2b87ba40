import { durationMs } from "../duration.ts";
import { isObject, type JsonObject } from "../json.ts";

/** One problem of a body, as EMQX describes it. */
export type Problem = JsonObject;

/** Says what is wrong with a value at a path; `undefined` for nothing. */
export type Check = (value: unknown, path: string) => Problem | undefined;

export interface Field {
  check?: Check;
  required?: true;
  /** Only for counting: `unmatched` of an unknown_fields error names hidden fields, too. */
  hidden?: true;
}

export interface Schema {
  /** e.g. `authn:http_post`; some schemas have no name. */
  name?: string;
  fields: Record<string, Field>;
}

const kind = "validation_error";

/** What is wrong with this body: unknown fields alone, or each field's own problem. */
export function problemsOf(body: JsonObject, schema: Schema, path = "root"): Problem[] {
  const named = schema.name ? { matched_type: schema.name } : {};
  const unknown = Object.keys(body).filter((key) => !(key in schema.fields));
  if (unknown.length > 0) {
    const unmatched = Object.keys(schema.fields).filter((key) => !(key in body));
    const names = { unmatched: shortList(unmatched) || "none", unknown: shortList(unknown) };
    return [{ kind, ...named, path, reason: "unknown_fields", ...names }];
  }
  const problems: Problem[] = [];
  for (const [key, { check, required }] of Object.entries(schema.fields)) {
    const value = body[key];
    const at = `${path}.${key}`;
    if (value === undefined || value === null) {
      if (required) problems.push({ kind, ...named, path: at, reason: "required_field" });
      continue;
    }
    const problem = check?.(value, at);
    if (problem) problems.push({ kind, ...named, ...problem });
  }
  return problems;
}

/** One problem stands alone, several make a list. */
export function summary(problems: Problem[]): object {
  return problems.length === 1 ? (problems[0] as object) : problems;
}

function shortList(names: string[]): string {
  const sorted = [...names].sort();
  return sorted.length > 2 ? `${sorted.slice(0, 2).join(",")},...` : sorted.join(",");
}

export const expects =
  (expected: string, accepts: (value: unknown) => boolean): Check =>
  (value, path) =>
    accepts(value) ? undefined : { path, reason: { expected }, value: value as never };

export const bool = expects(
  "boolean()",
  (value) => value === true || value === false || value === "true" || value === "false",
);
export const positive = expects("pos_integer()", (value) => Number.isInteger(toNumber(value)) && toNumber(value) >= 1);
export const duration = expects("emqx_schema:duration_ms()", (value) => durationMs(value) !== undefined);
export const text = expects("binary()", (value) => typeof value === "string");
export const map = expects("map()", isObject);
/** Names to texts: a null, a number or an object among them makes the whole map wrong. */
export const textMap = expects(
  "map()",
  (value) => isObject(value) && Object.values(value).every((one) => typeof one === "string"),
);
export const qos: Check = (value, path) =>
  [0, 1, 2].includes(toNumber(value)) ? undefined : { path, reason: { expected: "qos()" }, value: String(value) };

export const oneOf =
  (values: readonly unknown[], reason = "not_a_enum_symbol"): Check =>
  (value, path) =>
    values.includes(value) ? undefined : { path, reason, value: value as never };

export const list = expects("list()", Array.isArray);

function toNumber(value: unknown): number {
  return typeof value === "string" ? (/^\d+$/.test(value) ? Number(value) : Number.NaN) : (value as number);
}
