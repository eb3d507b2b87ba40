import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AttemptRate } from "./attempt-rate.ts";

describe("AttemptRate", () => {
  it("forgets after a minute", () => {
    const rate = new AttemptRate();
    for (const seconds of [5, 5.9, 30, 64]) rate.add(seconds * 1000);
    expect([64, 64.9, 65, 89, 90, 123, 124, 1e6].map((seconds) => rate.perMinute(seconds * 1000))).toEqual([
      4, 4, 2, 2, 1, 1, 0, 0,
    ]);
  });

  it("counts as a list of all times would", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 200_000 })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(gaps, (ms) => {
        const rate = new AttemptRate();
        const times: number[] = [];
        let now = 12_345;
        for (const gap of ms) {
          now += gap;
          rate.add(now);
          times.push(now);
          const oldest = Math.floor(now / 1000) - 59;
          expect(rate.perMinute(now)).toBe(times.filter((time) => Math.floor(time / 1000) >= oldest).length);
        }
      }),
    );
  });
});
