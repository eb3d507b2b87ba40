import { shardOf, shardsFor } from "./sharded-map.ts";

/**
 * A map that holds `limit` entries; the longest unused one makes room. A large one is kept in small parts (see
 * sharded-map.ts), each with its share of the limit and an order of its own.
 */
export class LruMap<Value> {
  readonly #parts: Map<string, Value>[];
  readonly #limit: number;
  #evicted = 0;

  constructor(limit: number) {
    this.#parts = Array.from({ length: shardsFor(limit) }, () => new Map<string, Value>());
    this.#limit = Math.floor(limit / this.#parts.length);
  }

  get size(): number {
    return this.#parts.reduce((sum, part) => sum + part.size, 0);
  }

  /** Entries that made room for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Looks without counting as a use. */
  peek(key: string): Value | undefined {
    return this.#partOf(key).get(key);
  }

  get(key: string): Value | undefined {
    const part = this.#partOf(key);
    const value = part.get(key);
    if (value === undefined) return undefined;
    part.delete(key); // a Map keeps the order of insertion: now the latest
    part.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    const part = this.#partOf(key);
    part.delete(key);
    part.set(key, value);
    if (part.size <= this.#limit) return;
    for (const longestUnused of part.keys()) {
      part.delete(longestUnused);
      this.#evicted++;
      return;
    }
  }

  delete(key: string): void {
    this.#partOf(key).delete(key);
  }

  clear(): void {
    for (const part of this.#parts) part.clear();
  }

  #partOf(key: string): Map<string, Value> {
    return this.#parts[shardOf(key, this.#parts.length)] as Map<string, Value>;
  }
}
