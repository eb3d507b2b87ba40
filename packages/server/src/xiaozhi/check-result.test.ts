import { expect, it } from "vitest";
import { checkResult } from "./check-result.ts";

const wanted = [{ path: ["mqtt_gateway"] as [string], value: "h:1", shown: "h:1" }];

it("lets through what changed in the wanted entries alone", () => {
  expect(() => checkResult("a: 1\n", "a: 1\nserver:\n  mqtt_gateway: h:1\n", wanted)).not.toThrow();
});

it.each([
  ["something else", "a: 2\nserver:\n  mqtt_gateway: h:1\n"],
  ["not at all", "a: 1\n"],
  ["to something else", "a: 1\nserver:\n  mqtt_gateway: h:2\n"],
  ["to what one dialect reads as a number", "a: 1\nserver:\n  mqtt_gateway: 12:30\n"],
])("stops what changed %s", (_what, after) => {
  expect(() => checkResult("a: 1\n", after, wanted)).toThrow(/cannot be changed safely/);
});
