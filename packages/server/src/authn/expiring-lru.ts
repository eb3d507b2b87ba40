import { ShardedMap } from "../registry/cache/sharded-map.ts";

export interface ExpiringLruOptions {
  /** Entries kept at most, an even number; the half that was asked for last is always among them. */
  max: number;
  /** Milliseconds an entry holds after it was set. */
  ttlMs: number;
  nowMs(): number;
}

interface Entry<Value> {
  value: Value;
  expiresAt: number;
}

/**
 * A bounded memory by key. Nothing runs by itself: what has expired is no longer given, and makes room in its turn.
 *
 * Two generations rather than one Map in order of use: V8 finds the first entry of a Map by stepping over the
 * deleted ones before it, which with 65 536 entries takes tens of microseconds each time. Sharded: to make a large Map
 * larger takes a millisecond.
 */
export class ExpiringLru<Value> {
  readonly #options: ExpiringLruOptions;
  #recent: ShardedMap<Entry<Value>>;
  #older: ShardedMap<Entry<Value>>;

  constructor(options: ExpiringLruOptions) {
    this.#options = options;
    this.#recent = this.#newGeneration();
    this.#older = this.#newGeneration();
  }

  /** Entries in memory, those that have expired and those kept twice included. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#recent.get(key) ?? this.#older.get(key);
    if (entry === undefined || entry.expiresAt <= this.#options.nowMs()) return undefined;
    this.#put(key, entry);
    return entry.value;
  }

  /** Keeps a value for the full time, also if it was there already. */
  set(key: string, value: Value): void {
    this.#put(key, { value, expiresAt: this.#options.nowMs() + this.#options.ttlMs });
  }

  clear(): void {
    this.#recent = this.#newGeneration();
    this.#older = this.#newGeneration();
  }

  #put(key: string, entry: Entry<Value>): void {
    if (this.#recent.size >= this.#options.max / 2 && !this.#recent.has(key)) {
      this.#older = this.#recent;
      this.#recent = this.#newGeneration();
    }
    this.#recent.set(key, entry);
  }

  #newGeneration(): ShardedMap<Entry<Value>> {
    return new ShardedMap(this.#options.max / 2);
  }
}
