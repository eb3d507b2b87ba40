import { describe, expect, it } from "vitest";
import { LruMap } from "./lru-map.ts";

describe("LruMap", () => {
  it("gives up the longest unused entry", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).toBe(1);
    map.set("c", 3);
    expect([map.peek("a"), map.peek("b"), map.peek("c")]).toEqual([1, undefined, 3]);
    expect([map.size, map.evicted]).toEqual([2, 1]);
  });

  it("does not take a look for a use, and setting again for a new entry", () => {
    const map = new LruMap<string, number>(2);
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
});
