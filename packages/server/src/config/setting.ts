import type { ConfigProblem } from "./config-error.ts";
import type { ConfigKey } from "./config-keys.ts";
import { isNullText, isPlaceholder } from "./secret-text.ts";
import { printable, quoteName } from "./suggest-key.ts";

/** A value for one key, as one source has it: not checked yet. */
export interface Setting {
  key: ConfigKey;
  value: unknown;
  /** For messages: `connack.yaml:12:8`, the name of a variable, `command line`. */
  place: string;
  /** For showing: `connack.yaml:12`, the name of a variable, `command line`. */
  source: string;
  /** Like `place`, of something inside a structure. */
  placeInside?: (path: readonly PropertyKey[]) => string;
}

/** What is wrong with the value, and where, or `undefined`. Never quotes it: it might be a secret in the wrong place. */
export function problemOfSetting(setting: Setting): ConfigProblem | undefined {
  const { key, value, place } = setting;
  const problem = problemOfValue(key, value);
  if (problem !== undefined) return { place, problem };
  return key.kind === "structure" ? problemInside(setting) : undefined;
}

function problemOfValue(key: ConfigKey, value: unknown): string | undefined {
  const name = `\`${key.key}\``;
  if (value === null || value === undefined) return `${name} has no value; give it one or remove it`;
  if (typeof value === "string" && value.trim() === "") return `${name} is empty; give it a value or remove it`;
  if (key.kind === "structure") return undefined;
  if (key.kind !== "secret") return key.schema.safeParse(value).success ? undefined : `${name}: expected ${key.type}`;
  if (typeof value !== "string") return `${name} is read as a ${kindOf(value)}, not as text; put the value in quotes`;
  if (isNullText(value)) return `${name} is the word that programs write for "not set"; give it a value or remove it`;
  if (isPlaceholder(value)) return `${name} is still the placeholder of an example; give it a value or remove it`;
  return undefined;
}

/** The schemas of structures have messages for people; what they quote may be anything. */
function problemInside({ key, value, place, placeInside }: Setting): ConfigProblem | undefined {
  const issues = key.schema.safeParse(value).error?.issues;
  // a misspelt key explains why another one is missing
  const issue = issues?.find(({ code }) => code === "unrecognized_keys") ?? issues?.[0];
  if (issue === undefined) return undefined;
  const path = issue.path.map((name) => (typeof name === "number" ? `[${name}]` : `.${String(name)}`)).join("");
  const problem = `${quoteName(key.key + path, 200)}: ${printable(issue.message, 300)}`;
  return { place: placeInside?.(issue.path) ?? place, problem };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "mapping" : typeof value;
}
