import type { ConfigKey } from "./config-keys.ts";
import { isNullText, isPlaceholder } from "./secret-text.ts";

/** A value for one key, as one source has it: not checked yet. */
export interface Setting {
  key: ConfigKey;
  value: unknown;
  /** For messages: `connack.yaml:12:8`, the name of a variable, `command line`. */
  place: string;
  /** For showing: `connack.yaml:12`, the name of a variable, `command line`. */
  source: string;
}

/** What is wrong with the value, or `undefined`. Never quotes it: it might be a secret in the wrong place. */
export function problemOfSetting({ key, value }: Setting): string | undefined {
  const name = `\`${key.key}\``;
  if (value === null || value === undefined) return `${name} has no value; give it one or remove it`;
  if (key.kind !== "secret") return key.schema.safeParse(value).success ? undefined : `${name}: expected ${key.type}`;
  if (typeof value !== "string") return `${name} is read as a ${kindOf(value)}, not as text; put the value in quotes`;
  if (value.trim() === "") return `${name} is empty; give it a value or remove it`;
  if (isNullText(value)) return `${name} is the word that programs write for "not set"; give it a value or remove it`;
  if (isPlaceholder(value)) return `${name} is still the placeholder of an example; give it a value or remove it`;
  return undefined;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "mapping" : typeof value;
}
