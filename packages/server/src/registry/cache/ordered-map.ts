import { ShardedMap } from "./sharded-map.ts";

interface Place<Value> {
  readonly key: string;
  readonly value: Value;
  before: Place<Value> | undefined;
  after: Place<Value> | undefined;
  isGone: boolean;
}

/**
 * A map in the order of insertion, for entries that come and go together, in which no single operation takes long: the
 * places of the entries are in a `ShardedMap`, and each knows its neighbours.
 */
export class OrderedMap<Value extends object> {
  readonly #places: ShardedMap<Place<Value>>;
  #first: Place<Value> | undefined;
  #last: Place<Value> | undefined;
  #size = 0;

  /** @param expected about how many entries there will be at most */
  constructor(expected: number) {
    this.#places = new ShardedMap(expected);
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    return this.#places.get(key)?.value;
  }

  /** Puts the entry at the end, also when it was there already. */
  set(key: string, value: Value): void {
    this.delete(key);
    const place: Place<Value> = { key, value, before: this.#last, after: undefined, isGone: false };
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    this.#places.set(key, place);
    this.#size++;
  }

  delete(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    place.isGone = true; // whoever stands on it still finds the way on
    this.#places.delete(key);
    this.#size--;
  }

  /** From the first to the last. What is deleted meanwhile is left out; what is set meanwhile may come or not. */
  *entries(): Generator<[string, Value]> {
    for (let place = this.#first; place !== undefined; place = place.after) {
      if (!place.isGone) yield [place.key, place.value];
    }
  }
}
