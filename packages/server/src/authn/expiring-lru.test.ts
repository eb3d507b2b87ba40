import { beforeEach, describe, expect, it } from "vitest";
import { ExpiringLru } from "./expiring-lru.ts";

let now = 0;
let lru: ExpiringLru<number>;
beforeEach(() => {
  now = 1_000_000;
  lru = new ExpiringLru<number>({ max: 4, ttlMs: 1000, nowMs: () => now });
});

describe("ExpiringLru", () => {
  it("gives what was set until its time is over, also when it is asked for in between", () => {
    lru.set("a", 1);
    now += 999;
    expect(lru.get("a")).toBe(1);
    now += 1;
    expect(lru.get("a")).toBeUndefined();
  });

  it("holds for the full time again when set again", () => {
    lru.set("a", 1);
    now += 999;
    lru.set("a", 2);
    now += 999;
    expect(lru.get("a")).toBe(2);
  });

  it("keeps what was asked for last rather than what came last", () => {
    for (const key of ["a", "b", "c", "d"]) lru.set(key, 1);
    lru.get("a");
    lru.set("e", 1);
    expect([lru.get("b"), lru.get("e"), lru.get("a")]).toEqual([undefined, 1, 1]);
  });

  it("keeps the half that came last, and never more than its bound", () => {
    for (let index = 0; index < 1000; index++) {
      lru.set(`key ${index}`, index);
      expect(lru.size).toBeLessThanOrEqual(4);
      expect([lru.get(`key ${index}`), index < 1 || lru.get(`key ${index - 1}`)]).toEqual([
        index,
        index < 1 || index - 1,
      ]);
    }
    expect(lru.size).toBeGreaterThanOrEqual(2);
  });

  it("never keeps more than its bound when nothing is asked for", () => {
    const sizes = Array.from({ length: 100 }, (_, index) => {
      lru.set(`key ${index}`, index);
      return lru.size;
    });
    expect(Math.max(...sizes)).toBe(4);
  });

  it("keeps the newer of two values for one key, wherever the older was", () => {
    lru.set("a", 1);
    for (const key of ["b", "c"]) lru.set(key, 1);
    lru.set("a", 2);
    now += 500;
    lru.set("a", 3);
    now += 999;
    expect(lru.get("a")).toBe(3);
    now += 1;
    expect(lru.get("a")).toBeUndefined();
  });

  it("takes any text as key", () => {
    expect(lru.get("__proto__")).toBeUndefined();
    lru.set("__proto__", 7);
    expect(lru.get("__proto__")).toBe(7);
  });

  it("forgets everything", () => {
    for (const key of ["a", "b", "c", "d"]) lru.set(key, 1);
    lru.clear();
    expect([lru.size, lru.get("a"), lru.get("d")]).toEqual([0, undefined, undefined]);
  });
});
