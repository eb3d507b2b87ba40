import { configKeys } from "./config-keys.ts";
import type { SettingsRead } from "./read-yaml-settings.ts";
import { quoteName, suggestKey } from "./suggest-key.ts";
import { valueFromText } from "./value-from-text.ts";

const place = "command line";

/** What the command line sets, by dotted key. `undefined` is not set. */
export function readOverrides(overrides: Readonly<Record<string, unknown>>): SettingsRead {
  const read: SettingsRead = { settings: [], problems: [] };
  for (const [name, given] of Object.entries(overrides)) {
    if (given === undefined) continue;
    const key = configKeys.get(name);
    if (!key) {
      const problem = `unknown key ${quoteName(name)}${suggestKey(parentOf(name), name.slice(name.lastIndexOf(".") + 1))}`;
      read.problems.push({ place, problem });
      continue;
    }
    const value = typeof given === "string" ? valueFromText(key.kind, given) : given;
    if (value === undefined) read.problems.push({ place, problem: `\`${name}\`: expected ${key.type}` });
    else read.settings.push({ key, value, place, source: place });
  }
  return read;
}

function parentOf(name: string): string {
  return name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : "";
}
