import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WakeableSleep } from "./wakeable-sleep.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("sleeps so long, or until it is woken; and not at all where that came first, once", async () => {
  const sleep = new WakeableSleep();
  const woke: string[] = [];
  const doze = (name: string, ms: number) => sleep.sleep(ms).then(() => woke.push(name));
  void doze("by time", 1000);
  await vi.advanceTimersByTimeAsync(999);
  expect(woke).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  void doze("by call", 1000);
  sleep.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(woke).toEqual(["by time", "by call"]);
  sleep.wake();
  await doze("before", 1e12);
  void doze("later", 1e12);
  await vi.advanceTimersByTimeAsync(1000);
  expect(woke).toEqual(["by time", "by call", "before"]);
  sleep.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(woke.at(-1)).toBe("later");
  expect(vi.getTimerCount()).toBe(0);
});
