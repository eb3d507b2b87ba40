import { expect, it } from "vitest";
import { aboutText, countText, spanText, timesText, timeText } from "./time-text.ts";

it("a time has its date unless it is today's", () => {
  const now = Date.UTC(2026, 0, 2, 9, 30);
  expect(timeText(Date.UTC(2026, 0, 2, 0, 5, 59), now)).toBe("00:05 UTC");
  expect(timeText(Date.UTC(2026, 0, 1, 23, 59), now)).toBe("2026-01-01 23:59 UTC");
});

it.each([
  [5.4, "5 s"],
  [89, "1 min 29 s"],
  [184, "3 min"],
  [-184, "3 min"],
  [28_750, "8 h"],
  [19_800, "5 h 30 min"],
  [90_000, "1 d 1 h"],
])("%d s is about %s", (seconds, text) => {
  expect(aboutText(seconds)).toBe(text);
});

it.each([
  [7 * 86_400, "7 days"],
  [86_400, "1 day"],
  [5400, "90 minutes"],
  [3600, "1 hour"],
  [61, "61 seconds"],
  [176_529, "2 d 1 h"],
  [0, "1 second"],
])("%d s are %s", (seconds, text) => {
  expect(spanText(seconds)).toBe(text);
});

it("counts in groups of three", () => {
  expect([1, 2, 999, 1200, 1_234_567].map(timesText)).toEqual([
    "once",
    "2 times",
    "999 times",
    "1 200 times",
    "1 234 567 times",
  ]);
  expect(countText(0)).toBe("0");
});
