import { describe, expect, it } from "vitest";
import { clockHints } from "./clock-hints.ts";

const now = 1_800_000_000;
const hour = 3600;
const codes = (claims: Record<string, unknown>, at = now) => clockHints(claims, at).map(({ code }) => code);

describe("clockHints", () => {
  it("says nothing about a token whose times are in order", () => {
    expect(codes({})).toEqual([]);
    expect(codes({ iat: now - 60, nbf: now - 60, exp: now + 60 })).toEqual([]);
  });

  it("says how long ago a token expired", () => {
    expect(clockHints({ iat: now - hour, exp: now - 192 }, now)).toEqual([
      { code: "expired_ago", text: "The token expired 3 min 12 s ago." },
    ]);
    expect(codes({ exp: now })).toEqual(["expired_ago"]);
    expect(codes({ exp: now + 1 })).toEqual([]);
  });

  it.each([
    [{ iat: 0, exp: 3600 }, ["expired_ago", "clock_never_set"]],
    [{ iat: 300 * 86_400, exp: 700 * 86_400 }, ["expired_ago", "clock_never_set"]],
    [{ exp: 3600 }, ["expired_ago", "clock_never_set"]],
    [{ iat: 0, exp: now + 60 }, ["clock_never_set"]],
    [{ iat: 3 * 365 * 86_400, exp: 3600 }, ["expired_ago"]],
  ])("knows a clock that was never set: %j", (claims, expected) => {
    expect(codes(claims)).toEqual(expected);
  });

  it("does not blame the device when our own clock is in 1970", () => {
    expect(codes({ iat: 0, exp: 3600 }, 100)).toEqual([]);
  });

  it("knows milliseconds in any of the times", () => {
    for (const name of ["iat", "nbf", "exp"]) {
      expect(codes({ [name]: now * 1000 })).toEqual(["clock_milliseconds"]);
      expect(codes({ [name]: now * 1000 + 0.25 })).toEqual(["clock_milliseconds"]);
    }
    expect(codes({ exp: 1e11 })).toEqual([]);
  });

  it.each([
    [8 * hour, true],
    [8 * hour + 120, true],
    [8 * hour - 120, true],
    [8 * hour + 121, false],
    [5 * hour + 1800, true],
    [5 * hour + 2700, true],
    [15 * 60, true],
    [13 * 60, true],
    [13 * 60 - 1, false],
    [14 * hour, true],
    [14 * hour + 15 * 60, false],
    [60, false],
    [-8 * hour, false],
  ])("suspects a time zone when iat is %d s ahead: %s", (offset, suspected) => {
    expect(codes({ iat: now + offset, exp: now + 20 * hour })).toEqual(suspected ? ["clock_time_zone"] : []);
  });

  it("passes over what is no time", () => {
    expect(codes({ exp: "1", iat: -5, nbf: null })).toEqual([]);
    expect(codes({ exp: Number.POSITIVE_INFINITY, iat: Number.NaN })).toEqual([]);
    expect(codes(Object.create({ exp: 1 }))).toEqual([]);
  });
});
