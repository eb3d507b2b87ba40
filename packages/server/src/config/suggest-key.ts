import { configKeys, configSections } from "./config-keys.ts";
import { nearestKey } from "./nearest-key.ts";

const mostSuggested = 3;

/** `; did you mean …?` for a key that `section` ("" for the top) does not have, or nothing. */
export function suggestKey(section: string, name: string): string {
  if (configKeys.has(name)) return "; write it as nested keys, one below the other";
  const known = [...configSections, ...configKeys.keys()];
  const prefix = section === "" ? "" : `${section}.`;
  const siblings = known.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const sibling = nearestKey(
    name,
    siblings.filter((key) => !key.includes(".")),
  );
  if (sibling !== undefined) return question([sibling]);
  const last = nearestKey(name, known.map(lastName));
  return last === undefined ? "" : question(known.filter((key) => lastName(key) === last));
}

/** The same for an environment variable; each known one also has a `_FILE` twin. */
export function suggestVariable(name: string, known: readonly string[]): string {
  const bare = (variable: string) => variable.replace(/^CONNACK_/, "");
  const twins = known.flatMap((variable) => [variable, `${variable}_FILE`]);
  const nearest = nearestKey(bare(name), twins.map(bare));
  if (nearest !== undefined) return question(twins.filter((variable) => bare(variable) === nearest));
  return question(known.filter((variable) => variable.endsWith(`_${bare(name)}`)));
}

/** A name as it may stand in a message: short, one line. */
export function quoteName(name: string, longest = 60): string {
  return `\`${printable(name, longest)}\``;
}

/** The beginning of a text, in one line. */
export function printable(text: string, longest: number): string {
  const line = text.slice(0, longest + 1).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?");
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

function question(names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, mostSuggested).map((name) => `\`${name}\``);
  return `; did you mean ${shown.join(" or ")}?`;
}

function lastName(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}
