type Values = ReadonlySet<string>;

/** What stands in place of a label value that is not one of ours. */
export const otherValue = "other";

/**
 * Counts by three labels. Their values come from lists of ours, and anything else is counted as `other`: whatever a
 * peer sends, there are never more lines than that. To count costs three look-ups.
 */
export class LabelCounts {
  readonly #known: readonly [Values, Values, Values];
  readonly #counts = new Map<string, Map<string, Map<string, { count: number }>>>();

  constructor(first: Iterable<string>, second: Iterable<string>, third: Iterable<string>) {
    this.#known = [new Set(first), new Set(second), new Set(third)];
  }

  add(first: string, second: string, third: string): void {
    const cell = this.#counts.get(first)?.get(second)?.get(third) ?? this.#cellFor(first, second, third);
    cell.count++;
  }

  *entries(): Generator<[first: string, second: string, third: string, count: number]> {
    for (const [first, bySecond] of this.#counts) {
      for (const [second, byThird] of bySecond) {
        for (const [third, { count }] of byThird) yield [first, second, third, count];
      }
    }
  }

  #cellFor(...given: [string, string, string]): { count: number } {
    const [first, second, third] = given.map((value, at) => (this.#known[at]?.has(value) ? value : otherValue)) as [
      string,
      string,
      string,
    ];
    const bySecond = entryOf(this.#counts, first, () => new Map<string, Map<string, { count: number }>>());
    const byThird = entryOf(bySecond, second, () => new Map<string, { count: number }>());
    return entryOf(byThird, third, () => ({ count: 0 }));
  }
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
