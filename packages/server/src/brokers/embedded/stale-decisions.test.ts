import { expect, it } from "vitest";
import { StaleDecisions } from "./stale-decisions.ts";

it("finds decisions that a kick of the same device has overtaken", () => {
  const decisions = new StaleDecisions();
  const before = decisions.begin();
  decisions.kicked("a", "disabled");
  const between = decisions.begin();
  decisions.kicked("a", "revoked");
  const after = decisions.begin();
  expect(decisions.since(before, "a")).toBe("revoked");
  expect(decisions.since(between, "a")).toBe("revoked");
  expect(decisions.since(after, "a")).toBeUndefined();
  expect(decisions.since(before, "b")).toBeUndefined();
});

it("holds no more than ten thousand kicks, and trusts no decision older than what it has forgotten", () => {
  const decisions = new StaleDecisions();
  const old = decisions.begin();
  decisions.kicked("first", "revoked");
  const later = decisions.begin();
  for (let index = 0; index < 10_000; index++) decisions.kicked(`device-${index}`, "moved");
  expect(decisions.since(old, "first")).toBe("unknown");
  expect(decisions.since(old, "anybody")).toBe("unknown");
  expect(decisions.since(later, "first")).toBeUndefined();
  expect(decisions.since(later, "device-0")).toBe("moved");
});
