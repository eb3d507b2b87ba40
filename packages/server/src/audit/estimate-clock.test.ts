import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Attempts, estimateClock } from "./estimate-clock.ts";

const start = 1_800_000_000;

/** One row for attempts at these Unix seconds, each with the `iat` of its token, as the audit folds them. */
function row(...attempts: [at: number, iat: number][]): Attempts {
  const [first, last] = [attempts[0], attempts.at(-1)] as [[number, number], [number, number]];
  return {
    firstAt: first[0] * 1000,
    lastAt: last[0] * 1000,
    count: attempts.length,
    token: { firstIat: first[1], iat: last[1], exp: last[1] + 180 },
  };
}

/** Attempts with a fresh token each; `delays`: seconds from making the token to our seeing it. */
function fresh(offset: number, delays: readonly number[], every = 10): [number, number][] {
  return delays.map((delay, index) => {
    const made = start + index * every;
    return [made + delay, Math.floor(made + offset)];
  });
}

describe("a clock that is off", () => {
  it.each([-180, 0, 28_800, -19_800, 86_400 * 400])("by %d s, from one row of many attempts", (offset) => {
    const estimate = estimateClock([row(...fresh(offset, [0, 0.4, 1, 0.2]))]);
    expect(estimate).toEqual({ kind: "offset", seconds: offset, attempts: 4 });
  });

  it("is estimated within three seconds, whatever the offset, the pace, the delays and the folding", () => {
    const delays = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 2, maxLength: 30 });
    const offsets = fc.integer({ min: -15 * 365 * 86_400, max: 15 * 365 * 86_400 });
    const property = (offset: number, delay: number[], every: number, cut: number) => {
      const attempts = fresh(offset, delay, every);
      const at = cut % attempts.length;
      const rows = [attempts.slice(0, at), attempts.slice(at)]
        .filter((each) => each.length > 0)
        .map((each) => row(...each));
      const estimate = estimateClock(rows.reverse());
      expect(estimate.kind).toBe("offset");
      if (estimate.kind === "offset") expect(Math.abs(estimate.seconds - offset)).toBeLessThanOrEqual(3);
    };
    const paces = fc.integer({ min: 5, max: 86_400 });
    fc.assert(fc.property(offsets, delays, paces, fc.nat(100), property), { seed: 4, numRuns: 500 });
  });

  it("is seen through tokens that are used for a while, by the youngest of them", () => {
    const rows = [
      row([start, start - 300], [start + 500, start - 300]),
      row([start + 3600, start + 3300], [start + 4000, start + 3300]),
      row([start + 7200, start + 6905], [start + 7300, start + 6905]),
    ];
    expect(estimateClock(rows)).toEqual({ kind: "offset", seconds: -295, attempts: 6 });
  });

  it("is read from nbf where there is no iat", () => {
    const times = [start, start + 60].map((at) => ({
      firstAt: at * 1000,
      lastAt: at * 1000,
      count: 1,
      token: { nbf: at - 90 },
    }));
    expect(estimateClock(times)).toEqual({ kind: "offset", seconds: -90, attempts: 2 });
  });
});

describe("a token that is old", () => {
  it("and sent again and again, says nothing of the clock", () => {
    const same = row([start, start - 4000], [start + 600, start - 4000], [start + 1200, start - 4000]);
    expect(estimateClock([same])).toEqual({ kind: "same token", madeAt: start - 4000, attempts: 3 });
    const before = row([start - 60, start - 4000]);
    expect(estimateClock([before, same])).toMatchObject({ kind: "same token", attempts: 4 });
  });

  it("and each of another age, is no clock either", () => {
    expect(estimateClock([row([start, start - 100], [start + 5000, start + 3000])])).toEqual({ kind: "unknown" });
  });
});

describe("nothing can be told", () => {
  it("from one attempt, from two in the same moment, and from none", () => {
    expect(estimateClock([row([start, start - 180])])).toEqual({ kind: "unknown" });
    expect(estimateClock([row([start, start - 180], [start + 1, start - 180])])).toEqual({ kind: "unknown" });
    expect(estimateClock([])).toEqual({ kind: "unknown" });
    expect(estimateClock([{ firstAt: 0, lastAt: 1e6, count: 9 }])).toEqual({ kind: "unknown" });
  });

  it("from milliseconds and from what is no time", () => {
    for (const wrong of [start * 1000, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(estimateClock([row([start, wrong], [start + 60, wrong])])).toEqual({ kind: "unknown" });
  });
});

it("knows a clock that was never set", () => {
  expect(estimateClock([row([start, 12])])).toEqual({ kind: "never set" });
  expect(estimateClock([row([start, 12], [start + 60, 72])])).toEqual({ kind: "never set" });
  expect(estimateClock([row([100, 12], [160, 72])])).toMatchObject({ kind: "offset", seconds: -88 });
});
