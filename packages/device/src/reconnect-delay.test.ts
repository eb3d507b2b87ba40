import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconnectIn } from "./reconnect-delay.ts";

const options = { leastSeconds: 1, mostSeconds: 60 };
/** The longest wait, nearly: `random` is below 1. */
const longest = (failures: number, slower = false) => Math.round(reconnectIn(failures, slower, options, 1 - 1e-9));

describe("reconnectIn", () => {
  it("doubles its ceiling with each failure, up to the most; once more where trying soon is of no use", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((failures) => longest(failures))).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect([1, 2, 3, 4, 5].map((failures) => longest(failures, true))).toEqual([4, 8, 16, 32, 60]);
  });

  it("is between least and most, whatever the figures", () => {
    const seconds = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.boolean(),
        seconds,
        seconds,
        random,
        (failures, slower, a, b, at) => {
          const [leastSeconds, mostSeconds] = [Math.min(a, b), Math.max(a, b)];
          const delay = reconnectIn(failures, slower, { leastSeconds, mostSeconds }, at);
          expect(delay).toBeGreaterThanOrEqual(leastSeconds);
          expect(delay).toBeLessThanOrEqual(mostSeconds);
        },
      ),
    );
  });
});
