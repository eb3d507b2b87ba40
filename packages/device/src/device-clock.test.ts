import { beforeEach, describe, expect, it } from "vitest";
import { DeviceClock } from "./device-clock.ts";

const start = Date.UTC(2026, 5, 1);
let wall: number;
let monotonic: number;
let clock: DeviceClock;

beforeEach(() => {
  wall = start;
  monotonic = 1000;
  clock = new DeviceClock({ nowMs: () => wall, monotonicMs: () => monotonic, notBeforeMs: Date.UTC(2026, 0, 1) });
});

const pass = (ms: number) => {
  wall += ms;
  monotonic += ms;
};

describe("DeviceClock", () => {
  it("sees no step in time that passes, nor in what is within a few seconds", () => {
    pass(3_600_000);
    expect(clock.look()).toBe(0);
    wall += 4999;
    expect(clock.look()).toBe(0);
    expect(clock.isInDoubt).toBe(false);
  });

  it.each([3_600_000, -3_600_000, 5000])(
    "sees a step of %i ms once, and is in doubt until a server has told the time",
    (step) => {
      pass(10_000);
      wall += step;
      expect(clock.look()).toBe(step);
      expect(clock.look()).toBe(0);
      expect(clock.isInDoubt).toBe(true);
      clock.heardTime(start + 10_000);
      expect(clock).toMatchObject({ isInDoubt: false, offsetMs: -step });
      expect(clock.nowMs()).toBe(start + 10_000);
    },
  );

  it("forgets after a step what a server said of the clock before", () => {
    clock.heardTime(start + 60_000);
    expect(clock.nowSeconds()).toBe(start / 1000 + 60);
    wall += 60_000;
    clock.look();
    expect(clock.offsetMs).toBeUndefined();
    expect(clock.nowMs()).toBe(wall);
  });

  it("is plausible from the time on that it was told, by its own or a server's word, which has to be so itself", () => {
    wall = 0;
    expect(clock).toMatchObject({ isPlausible: false, isInDoubt: true });
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, 0, Date.UTC(2025, 11, 31)]) clock.heardTime(odd);
    expect(clock).toMatchObject({ isPlausible: false, offsetMs: undefined });
    clock.heardTime(start);
    expect(clock).toMatchObject({ isPlausible: true, isInDoubt: false, offsetMs: start });
  });
});
