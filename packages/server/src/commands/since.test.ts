import { expect, it } from "vitest";
import { UsageError } from "./command.ts";
import { sinceTime } from "./since.ts";

const now = Date.UTC(2026, 0, 10, 12);
const read = (since: string) => sinceTime({ args: [], options: { since } }, now);

it.each([
  ["30s", now - 30_000],
  ["24h", now - 86_400_000],
  ["90", now - 90_000],
  ["36500d", 0],
  ["today", Date.UTC(2026, 0, 10)],
  ["yesterday", Date.UTC(2026, 0, 9)],
  ["2026-01-02", Date.UTC(2026, 0, 2)],
  ["2026-01-02T10:00", Date.UTC(2026, 0, 2, 10)],
  ["2026-01-02T10:00:30Z", Date.UTC(2026, 0, 2, 10, 0, 30)],
  ["2026-01-02T10:00+02:00", Date.UTC(2026, 0, 2, 8)],
])("%s is a time", (since, time) => {
  expect(read(since)).toBe(time);
});

it.each(["", "Yesterday", "tomorrow", "1w", "-1h", "2026-13-01", "2026-01-02 10:00", "1969-12-31"])(
  "%j is none",
  (since) => {
    expect(() => read(since)).toThrow(UsageError);
  },
);

it("may be left out", () => {
  expect(sinceTime({ args: [], options: {} }, now)).toBeUndefined();
});
