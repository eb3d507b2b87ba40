import { expect, it, onTestFinished, vi } from "vitest";
import { OrderedMap } from "./ordered-map.ts";
import { ShardedMap } from "./sharded-map.ts";
import { TwoGenerations } from "./two-generations.ts";

/** As keys are in the field: they differ in few characters. */
const keys = Array.from({ length: 50_000 }, (_, n) => `GID_lamp@@@02_00_00_${n.toString(16).padStart(6, "0")}@@@web`);

/** Entries of the largest Map that was filled since. */
function largestMap(): () => number {
  let largest = 0;
  const set = Map.prototype.set;
  vi.spyOn(Map.prototype, "set").mockImplementation(function (this: Map<unknown, unknown>, key, value) {
    set.call(this, key, value);
    largest = Math.max(largest, this.size);
    return this;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  return () => largest;
}

it.each([
  ["ShardedMap", () => new ShardedMap<{ n: number }>(keys.length)],
  ["OrderedMap", () => new OrderedMap<{ n: number }>(keys.length)],
  ["TwoGenerations", () => new TwoGenerations<{ n: number }>(keys.length * 2)],
])("%s keeps 50 000 entries apart, in Maps that are small enough to be moved at once", (_, make) => {
  const map = make();
  const largest = largestMap();
  for (const [n, key] of keys.entries()) map.set(key, { n });
  const size = largest();
  vi.restoreAllMocks();
  expect(size).toBeLessThanOrEqual(2500);
  expect(keys.filter((key, n) => map.get(key)?.n !== n)).toEqual([]);
  for (const key of keys.slice(0, 49_000)) map.delete(key);
  expect(keys.filter((key) => map.get(key) !== undefined)).toEqual(keys.slice(49_000));
});
