import { expect, it } from "vitest";
import { revertObject } from "./revert-object.ts";

const before = { no_match: "allow", deny_action: "ignore", cache: { ttl: "1m" } };
const left = { no_match: "deny", deny_action: "ignore", cache: { ttl: "5s" } };

it("gives back what was there, where nobody has changed anything since", () => {
  expect(revertObject(before, left, left)).toEqual({ value: before, foreign: [] });
  expect(revertObject(before, left, { ...left, cache: { ttl: 5000 } })).toEqual({ value: before, foreign: [] });
  expect(revertObject(null, left, left)).toEqual({ value: null, foreign: [] });
});

it("does nothing a second time", () => {
  expect(revertObject(before, left, before)).toEqual({ value: before, foreign: [] });
  expect(revertObject(null, left, null)).toEqual({ value: null, foreign: [] });
});

it("leaves what somebody has changed since, and says where", () => {
  const live = { ...left, no_match: "allow", deny_action: "disconnect", cache: { ttl: "9s" } };
  expect(revertObject(before, left, live)).toEqual({
    value: { no_match: "allow", deny_action: "disconnect", cache: { ttl: "9s" } },
    foreign: ["deny_action", "cache.ttl"],
  });
});

it("takes away the keys that we brought, and brings back the ones we took", () => {
  const was = { url: "a", headers: { "x-api-key": "k" } };
  const did = { url: "b", headers: { authorization: "******" } };
  expect(revertObject(was, did, { ...did, extra: 1 })).toEqual({ value: { ...was, extra: 1 }, foreign: ["extra"] });
});

it("takes our members out of a list that others have changed", () => {
  const [a, b, ours, theirs] = ["a", "b", "ours", "theirs"].map((topic) => ({ topic }));
  expect(revertObject([a, b] as never, [a, b, ours] as never, [a, theirs, ours] as never)).toEqual({
    value: [a, theirs],
    foreign: [""],
  });
});

it("removes what is ours also where it was changed, and tells; what is gone stays gone", () => {
  expect(revertObject(null, left, { ...left, no_match: "allow" })).toEqual({ value: null, foreign: [""] });
  expect(revertObject(before, left, null)).toEqual({ value: null, foreign: [""] });
});
