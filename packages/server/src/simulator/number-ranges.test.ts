import { expect, it } from "vitest";
import { NumberRanges } from "./number-ranges.ts";

/** The same numbers each time, in no order. */
function shuffled(count: number, seed: number): number[] {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return Array.from({ length: count }, () => 1 + Math.floor(next() * 60));
}

it("knows what is in it as a set does, whatever the order", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const ranges = new NumberRanges();
    const set = new Set<number>();
    for (const number of shuffled(80, seed)) {
      expect(ranges.add(number)).toBe(!set.has(number));
      set.add(number);
      expect(ranges.size).toBe(set.size);
    }
    for (let number = 0; number <= 62; number++) expect(ranges.has(number)).toBe(set.has(number));
  }
});

it("counts what another one does not have", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const [one, other] = [new NumberRanges(), new NumberRanges()];
    const [mine, theirs] = [shuffled(30, seed), shuffled(30, seed + 1000)];
    for (const number of mine) one.add(number);
    for (const number of theirs) other.add(number);
    const missing = new Set(mine.filter((number) => !theirs.includes(number)));
    expect(one.countMissingIn(other)).toBe(missing.size);
  }
});

it("counts all where the other one is empty, and none of nothing", () => {
  const [some, none] = [new NumberRanges(), new NumberRanges()];
  for (const number of [1, 2, 3, 7]) some.add(number);
  expect([some.countMissingIn(none), none.countMissingIn(some)]).toEqual([4, 0]);
});
