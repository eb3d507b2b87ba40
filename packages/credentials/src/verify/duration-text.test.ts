import { expect, it } from "vitest";
import { durationText } from "./duration-text.ts";

it.each([
  [0, "0 s"],
  [0.9, "0 s"],
  [1, "1 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [192, "3 min 12 s"],
  [-192, "3 min 12 s"],
  [3600, "1 h"],
  [3605, "1 h"],
  [3660, "1 h 1 min"],
  [28_800, "8 h"],
  [86_400 + 3600 * 2 + 61, "1 d 2 h"],
  [86_400 * 20_000, "20000 d"],
])("%d s is %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
