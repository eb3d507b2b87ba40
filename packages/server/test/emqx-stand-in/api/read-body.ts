import { isObject } from "../json.ts";
import { type ApiAnswer, invalid } from "./api-answer.ts";
import { problemsOf, type Schema, summary } from "./schema.ts";

const kind = "validation_error";

/** What is wrong with a list of objects, as an answer. */
export function wrongList(body: unknown, schema: Schema): ApiAnswer | undefined {
  if (isObject(body)) return invalid({ path: "root", kind, bad_array_index_keys: Object.keys(body) });
  if (!Array.isArray(body)) return invalid({ path: "root", kind, reason: "not_array" });
  for (const [index, item] of body.entries()) {
    const path = `root.${index + 1}`;
    if (!isObject(item)) return invalid({ value: item, reason: "bad_value_for_struct", path, kind });
    const problems = problemsOf(item, schema, path);
    if (problems.length > 0) return invalid(summary(problems));
  }
  return undefined;
}

/** What is wrong with an object, as an answer. */
export function wrongObject(body: unknown, schema: Schema): ApiAnswer | undefined {
  if (!isObject(body)) return invalid({ value: body, reason: "bad_value_for_struct", path: "root", kind });
  const problems = problemsOf(body, schema);
  return problems.length > 0 ? invalid(summary(problems)) : undefined;
}
