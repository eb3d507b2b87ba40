/** Random choices that are the same in every run with the same seed (mulberry32). Not for keys. */
export interface SeededRandom {
  /** A whole number from 0 up to, not including, `below`. */
  integer(below: number): number;
  /** True once in `times`, on average. */
  once(times: number): boolean;
  pick<T>(list: readonly T[]): T;
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(next() * below);
  return {
    integer,
    once: (times) => integer(times) === 0,
    pick: (list) => {
      if (list.length === 0) throw new RangeError("nothing to pick from");
      return list[integer(list.length)] as (typeof list)[number];
    },
  };
}
