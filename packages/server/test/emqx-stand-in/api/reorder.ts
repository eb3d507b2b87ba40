import { isObject } from "../json.ts";
import { type ApiAnswer, badRequest, invalid } from "./api-answer.ts";

const kind = "validation_error";

/** The names of a wanted order, which must be all there are, once each; otherwise EMQX's answer. */
export function reordered(
  body: unknown,
  key: string,
  known: readonly string[],
  title: string,
  plural: string,
): string[] | ApiAnswer {
  if (isObject(body)) return invalid({ path: "root", kind, bad_array_index_keys: Object.keys(body) });
  const wanted: string[] = [];
  for (const [index, item] of (body as unknown[]).entries()) {
    const path = `root.${index + 1}`;
    if (!isObject(item)) return invalid({ value: item, reason: "bad_value_for_struct", path, kind });
    wanted.push(String(item[key]));
  }
  const strange = wanted.filter((name, index) => !known.includes(name) || wanted.indexOf(name) < index);
  const missing = known.filter((name) => !wanted.includes(name));
  const texts = [
    ...(strange.length > 0 ? [`${title}: ${strange.join(", ")} are not found`] : []),
    ...(missing.length > 0 ? [`No positions are specified for ${plural}: ${missing.join(", ")}`] : []),
  ];
  return texts.length > 0 ? badRequest(texts.join(", ")) : wanted;
}
