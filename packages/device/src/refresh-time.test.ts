import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refreshTime } from "./refresh-time.ts";

const options = { everySeconds: 1800, marginSeconds: 60 };
const now = 1_800_000_000;

describe("refreshTime", () => {
  it.each([
    ["an hour: every half of it", 3600, 1800, 3540],
    ["twenty minutes: a minute before", 1200, 1140, 1140],
    ["a minute: at half its life", 60, 30, 30],
    ["a second: not sooner than a second", 1, 1, 0.5],
  ])("for %s", (_what, left, seconds, latest) => {
    expect(refreshTime(now + left, now, options, 0)).toEqual({ in: seconds, latest });
  });

  it("is never for what does not expire", () => {
    expect(refreshTime(undefined, now, options, 0.5)).toEqual({ in: Number.POSITIVE_INFINITY });
  });

  it("is the margin where no time is left, and the clock in doubt: no loop", () => {
    expect(refreshTime(now, now, options, 0)).toEqual({ in: 60 });
    expect(refreshTime(now - 9999, now, { everySeconds: 1800, marginSeconds: 0 }, 0)).toEqual({ in: 10 });
  });

  it("is before the latest time, up to a tenth sooner, and never sooner than a second", () => {
    const seconds = fc.integer({ min: 1, max: 1e7 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        seconds,
        seconds,
        fc.integer({ min: 0, max: 1e6 }),
        random,
        (left, everySeconds, marginSeconds, at) => {
          const time = refreshTime(now + left, now, { everySeconds, marginSeconds }, at);
          const most = Math.min(everySeconds, time.latest as number);
          expect(time.latest).toBeGreaterThanOrEqual(left / 2);
          expect(time.latest).toBeLessThanOrEqual(left);
          expect(time.in).toBeGreaterThanOrEqual(Math.max(1, most * 0.9));
          expect(time.in).toBeLessThanOrEqual(Math.max(1, most));
        },
      ),
    );
  });
});
