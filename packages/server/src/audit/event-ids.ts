/** Ids of one millisecond; more in it are taken from the next ones. */
const perMillisecond = 1024;

/** Makes ids that rise whatever the clock does: about `ms * 1024 + n`, below 2^53 until the year 2248. */
export class EventIds {
  #last = 0;

  /** @param now Unix milliseconds */
  next(now: number): number {
    this.#last = Math.max(this.#last + 1, now * perMillisecond);
    return this.#last;
  }

  /** Ids up to this one were used before. */
  above(id: number): void {
    if (id > this.#last) this.#last = id;
  }
}
