import { expect, it } from "vitest";
import { allowsEverything } from "./allows-everything.ts";

it.each([
  ["{allow, all}.", true],
  ["{allow,all}.\n", true],
  [
    '{allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.\n{deny, all, subscribe, ["$SYS/#"]}.\n  { allow , all } . % the end',
    true,
  ],
  ['{allow, all, all, ["#"]}.', true],
  ["{deny, all}.\n{allow, all}.", false],
  ["%% {allow, all}.\n{deny, all}.", false],
  ['{allow, {username, "%"}, all, ["a"]}. {allow, all}.', true],
  ['{allow, all, subscribe, ["#"]}.', false],
  ['{allow, all, all, ["a/#"]}.', false],
  ['{allow, {username, "a"}, all, ["{allow, all}."]}.', false],
  ["", false],
])("%j lets everything through: %s", (rules, expected) => {
  expect(allowsEverything(rules)).toBe(expected);
});
