/** So many new rows in a second, and what is counted instead of the others. */
export class RowBudget {
  readonly #perSecond: number;
  #second = Number.NaN;
  #left = 0;
  readonly #unlisted = new Map<string, { count: number }>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether a new row may still be written in this second. @param now Unix milliseconds */
  take(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#left = this.#perSecond;
      this.#unlisted.clear();
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }

  /** The counter of a sort of events that are not listed in this second. */
  unlisted(key: string): { count: number } {
    const found = this.#unlisted.get(key);
    if (found !== undefined) return found;
    const counter = { count: 0 };
    this.#unlisted.set(key, counter);
    return counter;
  }
}
