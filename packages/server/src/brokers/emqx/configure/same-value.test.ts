import { expect, it } from "vitest";
import { isSameValue } from "./same-value.ts";

it.each([
  ["5s", 5000],
  ["60s", "1m"],
  ["1h30m", "90m"],
  ["4", 4],
  [
    { a: 1, b: [2] },
    { b: ["2"], a: 1 },
  ],
  ["text", "text"],
])("%j and %j mean the same", (a, b) => {
  expect([isSameValue(a, b), isSameValue(b, a)]).toEqual([true, true]);
});

it.each([
  ["5s", 5],
  ["a", "A"],
  [true, "true"],
  [{ a: 1 }, { a: 1, b: 2 }],
  [
    [1, 2],
    [2, 1],
  ],
  ["", 0],
  [null, undefined],
])("%j and %j do not", (a, b) => {
  expect([isSameValue(a, b), isSameValue(b, a)]).toEqual([false, false]);
});
