import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PublisherBrake } from "./publisher-brake.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const patienceMs = 1_000;

function openBrake() {
  const brake = new PublisherBrake();
  let gone = 0;
  const pass = (isBehind: boolean, times = 1) => {
    for (let time = 0; time < times; time++) brake.pass(() => gone++, isBehind);
  };
  /** How many have gone on after so many milliseconds; some turns of the event loop take none of them. */
  const goneAfter = (ms: number) => {
    vi.advanceTimersByTime(ms);
    return gone;
  };
  return { brake, pass, goneAfter, gone: () => gone };
}

describe("publishers to a client", () => {
  it("go on while it keeps up", () => {
    const { pass, goneAfter } = openBrake();
    pass(false, 2);
    expect(goneAfter(0)).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wait while it is behind, until it has caught up", () => {
    const { brake, pass, goneAfter } = openBrake();
    pass(true, 2);
    expect(goneAfter(1)).toBe(0);
    brake.caughtUp();
    expect(goneAfter(1)).toBe(2);
    expect(brake.isOutOfPatience).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("do not wait longer than its patience, nor again before it has caught up", () => {
    const { brake, pass, goneAfter } = openBrake();
    pass(true);
    expect(goneAfter(patienceMs - 1)).toBe(0);
    expect(goneAfter(1)).toBe(1);
    expect(brake.isOutOfPatience).toBe(true);
    pass(true);
    expect(goneAfter(0)).toBe(2);
    brake.caughtUp();
    pass(true);
    expect(goneAfter(1)).toBe(2);
  });

  it("wait longer if it takes enough, three times at most", () => {
    const { brake, pass, goneAfter } = openBrake();
    const take = (share: number) => {
      for (let parts = 0; parts < 5; parts++) brake.taken(share / 5);
      return goneAfter(patienceMs);
    };
    pass(true);
    expect([take(0.3), take(0.3), take(0.3)]).toEqual([0, 0, 1]);
    expect(brake.isOutOfPatience).toBe(true);
    brake.caughtUp();
    pass(true);
    expect([take(0.3), take(0.24)]).toEqual([1, 2]);
    expect(brake.isOutOfPatience).toBe(true);
  });

  it("do not wait for what it only keeps itself waiting for; that waits for ever", () => {
    const { brake, goneAfter } = openBrake();
    let gone = 0;
    const goOn = () => gone++;
    brake.passPatiently(goOn, false);
    goneAfter(0);
    expect(gone).toBe(1);
    brake.passPatiently(goOn, true);
    goneAfter(100 * patienceMs);
    expect(gone).toBe(1);
    brake.caughtUp();
    goneAfter(0);
    expect(gone).toBe(2);
    brake.passPatiently(goOn, true);
    brake.end();
    goneAfter(0);
    expect(gone).toBe(3);
  });

  it("go on a few at a time, and wait once more when it falls behind again", () => {
    const { brake, pass, gone, goneAfter } = openBrake();
    pass(true, 200);
    brake.caughtUp();
    expect(gone()).toBe(64);
    vi.advanceTimersToNextTimer();
    expect(gone()).toBe(128);
    pass(true);
    expect(goneAfter(1)).toBe(128);
    brake.caughtUp();
    expect(goneAfter(1)).toBe(201);
  });

  it("do not wait for one that is gone", () => {
    const { brake, pass, goneAfter } = openBrake();
    pass(true);
    brake.end();
    pass(true);
    expect(goneAfter(0)).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
