import { parseDuration } from "../config/duration.ts";

/** What `readTime` reads, for messages. */
export const timeExamples = "30m, 24h, 7d (so long ago), yesterday, 2026-01-02 or 2026-01-02T10:00:00Z";

/** `2026-01-02`, `2026-01-02T10:00`, with seconds, with an offset; without one it is UTC. */
const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

const dayMs = 86_400_000;

/**
 * A time as a person writes it, in Unix milliseconds: ISO 8601; a duration, which is so long ago; or the beginning of
 * `today` or `yesterday`, UTC. `undefined` for anything else.
 */
export function readTime(text: string, nowMs: number): number | undefined {
  if (text === "today" || text === "yesterday") {
    return nowMs - (nowMs % dayMs) - (text === "yesterday" ? dayMs : 0);
  }
  const seconds = parseDuration(text);
  if (seconds !== undefined) return Math.max(0, nowMs - seconds * 1000);
  const hasZone = !text.includes("T") || /(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = date.test(text) ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN;
  return time >= 0 ? time : undefined;
}
