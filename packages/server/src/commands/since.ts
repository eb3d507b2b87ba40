import { parseDuration } from "../config/duration.ts";
import { type CommandInput, type CommandOption, UsageError } from "./command.ts";
import { text } from "./option-values.ts";

/** `--since`, with what it is for and its default. */
export function sinceOption(description: string): CommandOption {
  return { flags: "--since <time>", description: `${description}: 30m, 24h, 7d, or a date, UTC` };
}

/** `2026-01-02`, `2026-01-02T10:00`, with seconds, with an offset; without one it is UTC. */
const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** When `--since` is, in Unix milliseconds; `undefined` when it was not given. Throws `UsageError`. */
export function sinceTime(input: CommandInput, nowMs: number): number | undefined {
  const value = text(input, "since");
  if (value === undefined) return undefined;
  const seconds = parseDuration(value);
  if (seconds !== undefined) return Math.max(0, nowMs - seconds * 1000);
  const hasZone = !value.includes("T") || /(?:Z|[+-]\d\d:\d\d)$/.test(value);
  const time = date.test(value) ? Date.parse(hasZone ? value : `${value}Z`) : Number.NaN;
  if (time >= 0) return time;
  throw new UsageError(`--since takes a time such as 30m, 24h, 7d or 2026-01-02T10:00, not ${JSON.stringify(value)}`);
}
