import type { Json, JsonObject } from "./management-client.ts";

/**
 * EMQX's own words out of an error body, for people: a validation error is JSON inside of `message`, others are plain
 * text or Erlang terms. Never the value that was refused: it may be a secret. Not scrubbed yet.
 */
export function messageText(message: Json | undefined): string {
  const text = Array.isArray(message) ? fromCharacterCodes(message) : message;
  if (typeof text !== "string") return text === undefined || text === null ? "" : JSON.stringify(text);
  const parsed = parseObject(text);
  return parsed === undefined ? withoutStack(text) : validationText(parsed);
}

/** `{reason, path, field_name, expected, unknown, unmatched, mismatches}` as EMQX 5.8 writes them, in a sentence. */
function validationText(error: JsonObject): string {
  const place = fieldOf(error);
  const { reason, unknown, unmatched, expected, mismatches } = error;
  const wanted = expected ?? objectOf(reason)?.["expected"];
  const parts: string[] = [];
  if (unknown !== undefined) {
    const where = place === "" ? error["matched_type"] : place;
    parts.push(`unknown field ${plain(unknown)}${where === undefined ? "" : ` in ${plain(where)}`}`);
    if (unmatched !== undefined) parts.push(`not given were ${plain(unmatched)}`);
  } else if (reason === "required_field") parts.push(`${place} is missing`);
  else {
    const why = typeof reason === "string" && reason !== "matched_no_union_member" ? reason : "";
    const expectation = wanted === undefined ? "" : `expected ${plain(wanted)}`;
    const what = [why, expectation].filter((part) => part !== "").join(", ");
    // Never `name: …`, which would look like the value of a secret.
    if (what !== "") parts.push(place === "" ? what : `${place} is not accepted: ${what}`);
  }
  if (mismatches !== undefined) parts.push(mismatchText(mismatches));
  const sentence = parts.filter((part) => part !== "").join("; ");
  return sentence === "" ? plain(error["kind"] ?? "validation error") : sentence;
}

/** What each of the alternatives would have wanted. */
function mismatchText(mismatches: Json): string {
  const entries = Object.entries(objectOf(mismatches) ?? {});
  return entries
    .slice(0, 4)
    .map(([name, errors]) => {
      const list = (Array.isArray(errors) ? errors : [errors]).map(objectOf).filter((each) => each !== undefined);
      return `as ${name}: ${list
        .slice(0, 4)
        .map((each) => validationText(each))
        .join(", ")}`;
    })
    .join("; ");
}

function fieldOf({ field_name: field, path }: JsonObject): string {
  const where = typeof path === "string" ? path.replace(/^root\.?/, "") : "";
  return typeof field === "string" ? [where, field].filter((part) => part !== "").join(".") : where;
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{"')) return undefined;
  try {
    return objectOf(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

/** A text that Erlang sent as the list of its characters. */
function fromCharacterCodes(list: Json[]): Json {
  const isText = list.length > 0 && list.every((code) => Number.isInteger(code) && Number(code) > 0);
  return isText ? list.map((code) => String.fromCodePoint(Math.min(Number(code), 0x10ffff))).join("") : list;
}

/** The stack of an Erlang exception says nothing to an operator, and holds the request with its headers. */
function withoutStack(text: string): string {
  return text.replace(/,\s*\[\{'?[a-z_]\w*'?,.*$/s, "");
}
