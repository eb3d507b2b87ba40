/**
 * Remembers at least the latest `limit` entries that were set, and at most twice as many. Cheaper than an order of use:
 * a full half becomes the old half, and what was in the old one is forgotten.
 */
export class RecentMap<Value> {
  readonly #limit: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** @param limit some thousands at most: growing, V8 moves all of a Map at once */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What is found among the old counts as young again. */
  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, old);
    return old;
  }

  /** @returns whether it was there */
  delete(key: string): boolean {
    if (this.size === 0) return false;
    const wasYoung = this.#young.delete(key);
    return this.#old.delete(key) || wasYoung;
  }

  set(key: string, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size <= this.#limit) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
