import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["30s", 30],
    ["15m", 900],
    ["1h", 3600],
    ["7d", 604_800],
    ["2 h", 7200],
    ["90", 90],
    [90, 90],
    [0, 0],
    ["0", 0],
    ["36500d", 3_153_600_000],
  ])("%s is %d s", (value, seconds) => expect(parseDuration(value)).toBe(seconds));

  it.each(["", "s", "1.5h", "-1s", -1, 1.5, "1h30m", "10 minutes", "1w", "1e3", Number.NaN, 1e300, "36501d", "١s"])(
    "refuses %s",
    (value) => expect(parseDuration(value)).toBeUndefined(),
  );
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [45, "45s"],
    [90, "90s"],
    [900, "15m"],
    [3600, "1h"],
    [5400, "90m"],
    [604_800, "7d"],
  ])("%d s is %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
    expect(parseDuration(text)).toBe(seconds);
  });
});
