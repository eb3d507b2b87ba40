import { expect, it } from "vitest";
import { RecentMap } from "./recent-map.ts";

it("remembers the latest, and what is used, within its bound", () => {
  const map = new RecentMap<number>(10);
  map.set("used", 1);
  for (let n = 0; n < 200; n++) {
    map.set(`other-${n}`, n);
    expect(map.get("used")).toBe(1);
    expect(map.size).toBeLessThanOrEqual(21);
  }
  for (let n = 191; n < 200; n++) expect(map.get(`other-${n}`)).toBe(n);
  expect(map.get("other-100")).toBeUndefined();
});

it("forgets what is taken out, new or old", () => {
  const map = new RecentMap<number>(2);
  for (const key of ["a", "b", "c", "d"]) map.set(key, 0);
  expect(["a", "d", "a", "never"].map((key) => map.delete(key))).toEqual([true, true, false, false]);
  expect([map.get("a"), map.get("b"), map.get("d"), map.size]).toEqual([undefined, 0, undefined, 2]);
});

it("holds the last value of a key", () => {
  const map = new RecentMap<number>(2);
  map.set("a", 1);
  for (const key of ["b", "c", "d"]) map.set(key, 0);
  map.set("a", 2);
  expect(map.get("a")).toBe(2);
});
