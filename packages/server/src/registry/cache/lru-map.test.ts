import { describe, expect, it } from "vitest";
import { LruMap } from "./lru-map.ts";

describe("LruMap", () => {
  it("gives up the longest unused entry", () => {
    const map = new LruMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).toBe(1);
    map.set("c", 3);
    expect([map.peek("a"), map.peek("b"), map.peek("c")]).toEqual([1, undefined, 3]);
    expect([map.size, map.evicted]).toEqual([2, 1]);
  });

  it("does not take a look for a use, and setting again for a new entry", () => {
    const map = new LruMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.peek("a");
    map.set("b", 3);
    map.set("c", 4);
    expect([map.get("a"), map.get("b"), map.get("c"), map.evicted]).toEqual([undefined, 3, 4, 1]);
    map.delete("b");
    expect(map.size).toBe(1);
    map.clear();
    expect(map.size).toBe(0);
  });

  it("of many entries holds its limit, and gives up none that is used all the time", () => {
    const map = new LruMap<number>(10_000);
    map.set("in use", 0);
    for (let index = 0; index < 50_000; index++) {
      map.set(`key-${index}`, index);
      map.get("in use");
    }
    expect(map.size).toBeLessThanOrEqual(10_000);
    expect(map.size).toBeGreaterThan(9900);
    expect(map.size + map.evicted).toBe(50_001);
    expect([map.peek("in use"), map.peek("key-0"), map.peek("key-49999")]).toEqual([0, undefined, 49_999]);
    map.clear();
    expect([map.size, map.peek("in use")]).toEqual([0, undefined]);
  });
});
