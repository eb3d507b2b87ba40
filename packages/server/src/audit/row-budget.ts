export interface RowRate {
  /** Rows that may be written at once, after a quiet time. */
  atOnce: number;
  /** Rows per second from then on. */
  perSecond: number;
}

/** How many rows may be written: a bucket that holds `atOnce`, and is filled by `perSecond`. */
export class RowBudget {
  readonly #rate: RowRate;
  #left: number;
  #filledAt = Number.NaN;

  constructor(rate: RowRate) {
    this.#rate = rate;
    this.#left = rate.atOnce;
  }

  /** Whether another row may be written. @param now Unix milliseconds; set back, the bucket waits for nothing */
  take(now: number): boolean {
    if (now !== this.#filledAt) this.#fill(now);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #fill(now: number): void {
    const passed = now - this.#filledAt;
    if (passed > 0) this.#left = Math.min(this.#rate.atOnce, this.#left + (passed * this.#rate.perSecond) / 1000);
    this.#filledAt = now;
  }
}
