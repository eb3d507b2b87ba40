import { describe, expect, it } from "vitest";
import { editDistance, nearestKey } from "./nearest-key.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["port", "port", 0],
    ["port", "prot", 1],
    ["port", "ports", 1],
    ["port", "pot", 1],
    ["port", "part", 1],
    ["enrollment", "enrolment", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("%s to %s: %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("nearestKey", () => {
  const known = ["host", "port", "allowFrom", "enrolment", "enrolmentPerMinute"];

  it.each([
    ["enrollment", "enrolment"],
    ["prot", "port"],
    ["Port", "port"],
    ["allow_from", "allowFrom"],
    ["allow-form", "allowFrom"],
    ["enrolmentPerMinutes", "enrolmentPerMinute"],
  ])("%s means %s", (name, meant) => expect(nearestKey(name, known)).toBe(meant));

  it.each(["", "x", "post-office", "xyzzy", "enrolmentPerMinuteWxyz", "hhoosstt", "p".repeat(1_000_000)])(
    "suggests nothing for %.20s",
    (name) => expect(nearestKey(name, known)).toBeUndefined(),
  );

  it("takes the first of equally near ones, and an exact one before all", () => {
    expect(nearestKey("cort", ["part", "port", "sort"])).toBe("port");
    expect(nearestKey("sort", ["port", "sort"])).toBe("sort");
  });
});
