import { ShardedMap } from "./sharded-map.ts";

/**
 * A map that holds `limit` entries, and among them always the half that was used last. Two generations: when the recent
 * one is full it becomes the older one, and what was not used since it became that is given up. So a hit costs a look-up
 * and nothing else, where an order of use costs a deletion and an insertion each time.
 */
export class TwoGenerations<Value> {
  readonly #half: number;
  readonly #keyOf: ((value: Value) => string | undefined) | undefined;
  #recent: ShardedMap<Value>;
  #older: ShardedMap<Value>;
  #evicted = 0;
  /** The entry of the recent one that was looked at last: a decision asks for the same several times. */
  #lastKey: string | undefined;
  #lastValue: Value | undefined;

  /** @param keyOf the key as the value itself has it: so that no second copy of the text is kept */
  constructor(limit: number, keyOf?: (value: Value) => string | undefined) {
    this.#keyOf = keyOf;
    this.#half = Math.max(1, Math.floor(limit / 2));
    this.#recent = new ShardedMap(this.#half);
    this.#older = new ShardedMap(this.#half);
  }

  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** Entries that made room for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Looks without counting as a use. */
  peek(key: string): Value | undefined {
    return this.#getRecent(key) ?? this.#older.get(key);
  }

  get(key: string): Value | undefined {
    const value = this.#getRecent(key);
    if (value !== undefined) return value;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: Value): void {
    if (!this.#recent.has(key)) {
      this.#older.delete(key);
      if (this.#recent.size >= this.#half) this.#startGeneration();
    }
    this.#recent.set(this.#keyOf?.(value) ?? key, value);
    this.#lastKey = key;
    this.#lastValue = value;
  }

  delete(key: string): void {
    this.#forgetLast();
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  clear(): void {
    this.#forgetLast();
    this.#recent = new ShardedMap(this.#half);
    this.#older = new ShardedMap(this.#half);
  }

  #getRecent(key: string): Value | undefined {
    if (key === this.#lastKey) return this.#lastValue;
    const value = this.#recent.get(key);
    if (value !== undefined) {
      this.#lastKey = key;
      this.#lastValue = value;
    }
    return value;
  }

  #startGeneration(): void {
    this.#forgetLast();
    this.#evicted += this.#older.size;
    this.#older = this.#recent;
    this.#recent = new ShardedMap(this.#half);
  }

  #forgetLast(): void {
    this.#lastKey = undefined;
    this.#lastValue = undefined;
  }
}
