import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderedMap } from "./ordered-map.ts";

const keysOf = (map: OrderedMap<object>) => [...map.entries()].map(([key]) => key);

describe("OrderedMap", () => {
  it("is a Map in which set puts an entry at the end", () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const step = fc.record({ kind: fc.constantFrom("set", "delete"), key });
    const property = fc.property(fc.array(step), (steps) => {
      const map = new OrderedMap<{ step: number }>(4);
      const expected = new Map<string, { step: number }>();
      for (const [number, { kind, key }] of steps.entries()) {
        expected.delete(key);
        if (kind === "delete") map.delete(key);
        else {
          map.set(key, { step: number });
          expected.set(key, { step: number });
        }
      }
      expect([...map.entries()]).toEqual([...expected]);
      expect(map.size).toBe(expected.size);
      for (const key of ["a", "b", "c", "d"]) expect(map.get(key)).toEqual(expected.get(key));
    });
    fc.assert(property, { seed: 4711 });
  });

  it("keeps the order over many entries, also when those in the middle go and come again", () => {
    const map = new OrderedMap<object>(7000);
    const keys = Array.from({ length: 7000 }, (_, index) => `key-${index}`);
    for (const key of keys) map.set(key, {});
    for (const key of keys.slice(1000, 6000)) map.delete(key);
    map.set("key-500", {});
    map.set("key-3000", {});
    const left = [...keys.slice(0, 500), ...keys.slice(501, 1000), ...keys.slice(6000), "key-500", "key-3000"];
    expect(keysOf(map)).toEqual(left);
    expect(map.size).toBe(left.length);
  });

  it("can be changed while it is gone through: what is deleted does not come", () => {
    const map = new OrderedMap<object>(7000);
    for (let index = 0; index < 5000; index++) map.set(`key-${index}`, {});
    const seen: string[] = [];
    for (const [key] of map.entries()) {
      seen.push(key);
      map.delete(key);
      if (key === "key-10") for (let index = 2000; index < 4990; index++) map.delete(`key-${index}`);
    }
    const expected = [...Array(2000).keys(), ...Array.from({ length: 10 }, (_, index) => 4990 + index)];
    expect(seen).toEqual(expected.map((index) => `key-${index}`));
    expect(map.size).toBe(0);
  });
});
