const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A hundred years: whatever is longer is a slip of the keyboard. */
const longest = 36_500 * unitSeconds.d;

/** What `parseDuration` reads, for messages and docs. */
export const durationType = "duration such as 30s, 15m, 1h or 7d, or a whole number of seconds";

/** Whole seconds of `30s`, `15m`, `1h`, `7d`, `90` or 90; `undefined` for anything else. */
export function parseDuration(value: string | number): number | undefined {
  const [, amount, unit] = /^(\d{1,12}) ?([smhd]?)$/.exec(String(value)) ?? [];
  if (amount === undefined) return undefined;
  const seconds = Number(amount) * unitSeconds[(unit || "s") as keyof typeof unitSeconds];
  return seconds <= longest ? seconds : undefined;
}

/** The shortest text that `parseDuration` reads back: 900 is `15m`. */
export function formatDuration(seconds: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (seconds > 0 && seconds % unitSeconds[unit] === 0) return `${seconds / unitSeconds[unit]}${unit}`;
  }
  return `${seconds}s`;
}
