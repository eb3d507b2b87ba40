import { type SchemeName, schemeNames } from "@connack/credentials";
import { type CommandInput, type CommandOption, UsageError } from "./command.ts";

/** Readers of option values, and the options several commands share. Each throws `UsageError` naming the option. */

export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(input: CommandInput, name: string): string[] | undefined {
  const value = input.options[name];
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : undefined;
}

export function wholeNumber(input: CommandInput, name: string, flag: string): number | undefined {
  const value = text(input, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new UsageError(`${flag} takes a whole number, not ${JSON.stringify(value)}`);
  return Number(value);
}

/** `name=value` pairs. */
export function pairs(input: CommandInput, name: string, flag: string): Record<string, string> | undefined {
  const given = texts(input, name);
  if (!given) return undefined;
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UsageError(`${flag} takes name=value, not ${JSON.stringify(pair)}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export function schemes(input: CommandInput): SchemeName[] | undefined {
  return texts(input, "scheme") as SchemeName[] | undefined;
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90`, `30s`, `15m`, `1h`, `7d` in seconds. */
export function seconds(input: CommandInput, name: string, flag: string): number | undefined {
  const value = text(input, name);
  if (value === undefined) return undefined;
  const match = /^(\d{1,9})([smhd]?)$/.exec(value);
  if (!match) throw new UsageError(`${flag} takes a time such as 30s, 15m, 1h or 7d, not ${JSON.stringify(value)}`);
  return Number(match[1]) * units[(match[2] || "s") as keyof typeof units];
}

/** Leaves out what was not given. */
export function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

export const schemeOption: CommandOption = {
  flags: "--scheme <scheme>",
  description: `kind of credential: ${schemeNames.join(", ")}; may be repeated`,
  repeatable: true,
  choices: schemeNames,
};
export const groupOption: CommandOption = { flags: "--group <name>", description: "fleet group" };
export const attributeOption: CommandOption = {
  flags: "--attribute <name=value>",
  description: "attribute the broker gets with the device; may be repeated",
  repeatable: true,
};
export const clientIdsOption: CommandOption = {
  flags: "--client-id <id>",
  description: "client id that belongs to the device; may be repeated",
  repeatable: true,
};
export const passwordOptions: readonly CommandOption[] = [
  { flags: "--password-stdin", description: "read the password from standard input instead of making one" },
  { flags: "--password-hash-stdin", description: "read a hash: $scrypt$, or Mosquitto's $7$ and $6$" },
];
