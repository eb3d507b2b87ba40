/** Entries in one Map; see sharded-map.ts. */
const chunkSize = 2048;

/**
 * A map in the order of insertion, for entries that come and go together: kept in a row of small Maps, so that no
 * single operation takes long. A look-up tries one Map after the other, which for 100 000 entries takes microseconds.
 */
export class ChunkedMap<Value extends object> {
  /** Never empty but for a single one. */
  #chunks: Map<string, Value>[] = [new Map()];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const value = this.#chunks[at]?.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Puts the entry at the end, also when it was there already. */
  set(key: string, value: Value): void {
    this.delete(key);
    let last = this.#chunks.at(-1) as Map<string, Value>;
    if (last.size >= chunkSize) {
      last = new Map();
      this.#chunks.push(last);
    }
    last.set(key, value);
    this.#size++;
  }

  delete(key: string): void {
    const chunk = this.#chunks.find((each) => each.delete(key));
    if (chunk === undefined) return;
    this.#size--;
    if (chunk.size === 0 && this.#chunks.length > 1) this.#chunks = this.#chunks.filter((each) => each !== chunk);
  }

  /** From the first to the last. What is deleted meanwhile is left out; what is set meanwhile may come or not. */
  *entries(): Generator<[string, Value]> {
    for (const chunk of this.#chunks) yield* chunk;
  }
}
