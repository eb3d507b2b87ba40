import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runAt } from "./run-at.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it("runs at the time, not before, and once", () => {
  const action = vi.fn();
  runAt(1_000_000 + 90_000, Date.now, action);
  vi.advanceTimersByTime(89_999);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000_000);
  expect(action).toHaveBeenCalledTimes(1);
});

it("runs at once when the time has passed", () => {
  const action = vi.fn();
  runAt(999_999, Date.now, action);
  expect(action).toHaveBeenCalledTimes(1);
});

it("waits for times beyond the longest wait of setTimeout (2^31 ms, 25 days)", () => {
  const action = vi.fn();
  const fortyDaysMs = 40 * 86_400_000;
  runAt(1_000_000 + fortyDaysMs, Date.now, action);
  vi.advanceTimersByTime(fortyDaysMs - 1);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action).toHaveBeenCalledTimes(1);
});

it("follows a clock that is set, forward within a minute and back", () => {
  let offsetMs = 0;
  const nowMs = () => Date.now() + offsetMs;
  const action = vi.fn();
  runAt(nowMs() + 3_600_000, nowMs, action);
  offsetMs = 3_600_000;
  vi.advanceTimersByTime(60_000);
  expect(action).toHaveBeenCalledTimes(1);
  const other = vi.fn();
  runAt(nowMs() + 30_000, nowMs, other);
  offsetMs -= 10_000;
  vi.advanceTimersByTime(30_000);
  expect(other).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(other).toHaveBeenCalledTimes(1);
});

it("does not run when it was cancelled, and leaves no timer", () => {
  const action = vi.fn();
  const cancel = runAt(1_000_000 + 90_000, Date.now, action);
  vi.advanceTimersByTime(70_000);
  cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(70_000);
  expect(action).not.toHaveBeenCalled();
});
