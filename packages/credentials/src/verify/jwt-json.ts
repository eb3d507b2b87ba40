import { isUtf8 } from "node:buffer";

export type JsonObject = Record<string, unknown>;

/**
 * A JSON object from its UTF-8 bytes, or `undefined` when the bytes are not UTF-8, not JSON or not an object. Of
 * members with the same name the last one counts, as RFC 7515 §4 and RFC 7519 §4 permit and other readers do. Members
 * named `__proto__` are dropped at any depth, so that copying the object cannot change a prototype.
 */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    // The name can be spelt with escapes; the slow way is right for every text.
    value = text.includes("__proto__") || text.includes("\\u") ? JSON.parse(text, dropPrototype) : JSON.parse(text);
  } catch {
    // Not JSON. The error's message would quote the text.
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function dropPrototype(name: string, value: unknown): unknown {
  return name === "__proto__" ? undefined : value;
}

/** How many members the outermost object of a valid JSON text has, counted in the text: repeated names count again. */
export function countMembers(json: string): number {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let position = 0; position < json.length; position++) {
    const character = json[position];
    if (inString) {
      if (character === "\\") position++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === ":" && depth === 1) members++;
  }
  return members;
}
