import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { inTime } from "./in-time.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const never = () => new Promise<never>(() => {});
const running = () => new AbortController().signal;

it("gives what the work gives, or rejects as it does, also where it throws", async () => {
  expect(await inTime(1000, running(), () => 1)).toBe(1);
  expect(await inTime(1000, running(), async () => 2)).toBe(2);
  await expect(inTime(1000, running(), () => Promise.reject(new Error("late")))).rejects.toThrow("late");
  await expect(
    inTime(1000, running(), () => {
      throw new Error("at once");
    }),
  ).rejects.toThrow("at once");
});

it("rejects when the time is over, and tells the work so, which need not listen", async () => {
  let signal: AbortSignal | undefined;
  const waiting = expect(
    inTime(1500, running(), (given) => {
      signal = given;
      return never();
    }),
  ).rejects.toThrow("no answer within 1.5 s");
  await vi.advanceTimersByTimeAsync(1500);
  await waiting;
  expect(signal?.aborted).toBe(true);
});

it("rejects when it is stopped, and leaves no listener with the signal that stops", async () => {
  const stop = new AbortController();
  const add = vi.spyOn(stop.signal, "addEventListener");
  const remove = vi.spyOn(stop.signal, "removeEventListener");
  await inTime(1000, stop.signal, () => 1);
  expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
  const waiting = expect(inTime(1000, stop.signal, never)).rejects.toThrow("stopped");
  stop.abort(new Error("stopped"));
  await waiting;
  const work = vi.fn();
  await expect(inTime(1000, stop.signal, work)).rejects.toThrow("stopped");
  expect(work).not.toHaveBeenCalled();
});
