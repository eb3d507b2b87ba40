import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TwoGenerations } from "./two-generations.ts";

describe("TwoGenerations", () => {
  it("gives up what was not used for the longest time, half of its entries at once", () => {
    const map = new TwoGenerations<number>(4);
    for (const key of ["a", "b", "c"]) map.set(key, key.charCodeAt(0));
    expect(map.get("a")).toBe(97);
    expect(map.peek("b")).toBe(98); // a look is no use
    map.set("d", 100);
    expect(["a", "b", "c", "d"].map((key) => map.peek(key))).toEqual([97, undefined, 99, 100]);
    expect([map.size, map.evicted]).toEqual([3, 1]);
  });

  it("of many entries holds its limit, and gives up none that is used all the time", () => {
    const map = new TwoGenerations<number>(10_000);
    map.set("in use", 0);
    for (let index = 0; index < 50_000; index++) {
      map.set(`key-${index}`, index);
      map.get("in use");
      expect(map.size).toBeLessThanOrEqual(10_000);
    }
    expect(map.size + map.evicted).toBe(50_001);
    expect([map.peek("in use"), map.peek("key-0"), map.peek("key-49999")]).toEqual([0, undefined, 49_999]);
    map.clear();
    expect([map.size, map.peek("in use"), map.get("key-49999")]).toEqual([0, undefined, undefined]);
  });

  it("tells of the entry looked at last what became of it", () => {
    const map = new TwoGenerations<number>(4);
    map.set("a", 1);
    expect([map.get("a"), map.peek("a")]).toEqual([1, 1]);
    map.set("a", 2);
    expect([map.get("a"), map.peek("a")]).toEqual([2, 2]);
    map.delete("a");
    expect([map.get("a"), map.peek("a")]).toEqual([undefined, undefined]);
    map.set("a", 3);
    for (const key of ["b", "c", "d", "e"]) map.set(key, 0);
    expect([map.get("a"), map.peek("a")]).toEqual([undefined, undefined]);
  });

  it("keeps the key that the value has, where it has one", () => {
    const map = new TwoGenerations<{ name?: string }>(4, ({ name }) => name);
    const keys: string[] = [];
    const set = Map.prototype.set;
    vi.spyOn(Map.prototype, "set").mockImplementation(function (this: Map<unknown, unknown>, key, value) {
      keys.push(String(key));
      return set.call(this, key, value);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    map.set("asked for", { name: "own" });
    map.set("nameless", {});
    expect(keys).toEqual(["own", "nameless"]);
  });

  it("is a Map in which entries may be missing, but never one of the half used last", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const step = fc.record({ kind: fc.constantFrom("set", "get", "delete"), key });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new TwoGenerations<{ step: number }>(4);
      const all = new Map<string, { step: number }>();
      let used: string[] = [];
      for (const [number, { kind, key }] of steps.entries()) {
        const found = map.get(key);
        if (found !== undefined) expect(found).toBe(all.get(key));
        used = used.filter((each) => each !== key);
        if (kind === "delete") {
          map.delete(key);
          all.delete(key);
        } else if (kind === "set") {
          const value = { step: number };
          map.set(key, value);
          all.set(key, value);
        }
        if (map.peek(key) !== undefined) used.push(key);
        expect(map.size).toBe([..."abcdef"].filter((each) => map.peek(each) !== undefined).length);
        expect(map.size).toBeLessThanOrEqual(4);
        for (const each of used.slice(-2)) expect(map.peek(each)).toBe(all.get(each));
      }
    });
    fc.assert(property, { seed: 4711 });
  });
});
