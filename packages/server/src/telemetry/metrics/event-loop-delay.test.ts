import { afterEach, expect, it, vi } from "vitest";
import { EventLoopDelay } from "./event-loop-delay.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Values in each bucket by its upper bound, without the empty ones. */
function buckets({ histogram }: EventLoopDelay): Record<string, number> {
  let below = 0;
  const counts: Record<string, number> = {};
  for (const { metricName, labels, value } of histogram.lines("x", {})) {
    if (metricName !== "x_bucket") continue;
    if (value > below) counts[String(labels.le)] = value - below;
    below = value;
  }
  return counts;
}

it("counts no delay where the timer is in time, or early", () => {
  const delay = new EventLoopDelay();
  for (let now = 20; now <= 2000; now += 20) delay.look(now - (now % 40 === 0 ? 0.4 : 0));
  expect(buckets(delay)).toEqual({ "0.001": 100 });
});

it("counts a stall with each look it made impossible", () => {
  const delay = new EventLoopDelay();
  delay.look(20);
  delay.look(140); // 100 ms late: whoever came meanwhile waited 100, 80, 60, 40, 20 ms
  expect(buckets(delay)).toEqual({ "0.001": 1, "0.02": 1, "0.05": 1, "0.1": 3 });
});

it("counts a long sleep in bounded time", () => {
  const delay = new EventLoopDelay();
  delay.look(86_400_000);
  expect(delay.histogram.count).toBe(3000);
});

it("looks from its start to its end, and keeps no process alive", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const looks = vi.fn();
  const delay = new EventLoopDelay(looks);
  vi.advanceTimersByTime(1000);
  expect(looks).not.toHaveBeenCalled();
  const setTimer = vi.spyOn(globalThis, "setInterval");
  delay.start();
  delay.start();
  expect(setTimer).toHaveBeenCalledTimes(1);
  expect(setTimer.mock.results[0]?.value.hasRef()).toBe(false);
  vi.advanceTimersByTime(1000);
  expect(looks).toHaveBeenCalledTimes(50);
  expect(buckets(delay)).toEqual({ "0.001": 50 });
  delay.stop();
  vi.advanceTimersByTime(1000);
  expect(looks).toHaveBeenCalledTimes(50);
});
