import { ShardedMap } from "./sharded-map.ts";

/**
 * A map that holds `limit` entries, and among them always the half that was used last. Two generations: when the recent
 * one is full it becomes the older one, and what was not used since it became that is given up. So a hit costs a look-up
 * and nothing else, where an order of use costs a deletion and an insertion each time.
 */
export class TwoGenerations<Value> {
  readonly #half: number;
  #recent: ShardedMap<Value>;
  #older: ShardedMap<Value>;
  #evicted = 0;

  constructor(limit: number) {
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
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  get(key: string): Value | undefined {
    const value = this.#recent.get(key);
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
    this.#recent.set(key, value);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  clear(): void {
    this.#recent = new ShardedMap(this.#half);
    this.#older = new ShardedMap(this.#half);
  }

  #startGeneration(): void {
    this.#evicted += this.#older.size;
    this.#older = this.#recent;
    this.#recent = new ShardedMap(this.#half);
  }
}
