import { describe, expect, it } from "vitest";
import { OwnRefusals } from "./own-refusals.ts";

function atClock() {
  let now = 1_000_000;
  const tick = (ms: number) => {
    now += ms;
  };
  return { refusals: new OwnRefusals(() => now), tick };
}

describe("a refusal that a broker reports", () => {
  it("is ours when we refused that client id, once for each time", () => {
    const { refusals } = atClock();
    refusals.note("a");
    refusals.note("a");
    refusals.note("b");
    expect(["a", "a", "a", "b", "b", "c"].map((each) => refusals.take(each))).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it("is ours also a minute later, and not after two", () => {
    const { refusals, tick } = atClock();
    refusals.note("a");
    refusals.note("b");
    tick(60_000);
    expect(refusals.take("a")).toBe(true);
    tick(60_000);
    expect(refusals.take("b")).toBe(false);
  });

  it("is not ours after a long silence", () => {
    const { refusals, tick } = atClock();
    refusals.note("a");
    tick(200_000);
    expect(refusals.take("a")).toBe(false);
  });

  it("is not ours for ever when the clock is set back", () => {
    const { refusals, tick } = atClock();
    refusals.note("a");
    tick(-3_600_000);
    refusals.note("b");
    expect(refusals.take("a")).toBe(false);
    expect(refusals.take("b")).toBe(true);
  });

  it("is remembered in bounded memory: of many the last are", () => {
    const { refusals } = atClock();
    for (let index = 0; index < 100_000; index++) refusals.note(`c${index}`);
    const kept = Array.from({ length: 100_000 }, (_, index) => refusals.take(`c${index}`));
    expect(kept.slice(-5_000)).toEqual(Array(5_000).fill(true));
    expect(kept.filter((each) => each).length).toBeLessThanOrEqual(10_000);
  });
});
