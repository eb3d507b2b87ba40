import { readTime } from "../operations/read-time.ts";
import { type CommandInput, type CommandOption, UsageError } from "./command.ts";
import { text } from "./option-values.ts";

/** `--since`, with what it is for and its default. */
export function sinceOption(description: string): CommandOption {
  return { flags: "--since <time>", description: `${description}: 30m, 24h, 7d, yesterday, or a date, UTC` };
}

/** When `--since` is, in Unix milliseconds; `undefined` when it was not given. Throws `UsageError`. */
export function sinceTime(input: CommandInput, nowMs: number): number | undefined {
  const value = text(input, "since");
  if (value === undefined) return undefined;
  const time = readTime(value, nowMs);
  if (time !== undefined) return time;
  throw new UsageError(
    `--since takes a time such as 30m, 24h, 7d, yesterday or 2026-01-02T10:00, not ${JSON.stringify(value)}`,
  );
}
