import { DistinctCount } from "./distinct-count.ts";
import { RecentMap } from "./recent-map.ts";

export interface Cause {
  /** Those with rows of their own, as hashes. */
  readonly variants: Set<number>;
  /** All others. */
  others?: DistinctCount;
  lastAt: number;
}

/** Remembers, for a bounded number of causes, which variants of each have a row of their own. */
export class FoldCauses {
  readonly #causes: RecentMap<Cause>;

  constructor(limit: number) {
    this.#causes = new RecentMap(limit);
  }

  /** The cause, if `variant` comes beyond the first `most` of it and so has no row of its own; counts it then. */
  beyond(key: string, variant: number, most: number, at: number, forMs: number): Cause | undefined {
    let cause = this.#causes.get(key);
    if (cause === undefined || at - cause.lastAt > forMs) {
      cause = { variants: new Set(), lastAt: at };
      this.#causes.set(key, cause);
    }
    cause.lastAt = at;
    if (cause.variants.has(variant)) return undefined;
    if (cause.variants.size < most) {
      cause.variants.add(variant);
      return undefined;
    }
    cause.others ??= new DistinctCount();
    cause.others.add(variant);
    return cause;
  }
}
