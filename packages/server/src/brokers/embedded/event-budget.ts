const minuteMs = 60_000;

/** Lets a number of events through within a minute, so that one client cannot flood the audit. */
export class EventBudget {
  readonly #perMinute: number;
  #startMs = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** True if one more event may be told at this time (milliseconds). */
  take(nowMs: number): boolean {
    if (nowMs - this.#startMs >= minuteMs || nowMs < this.#startMs) {
      this.#startMs = nowMs;
      this.#used = 0;
    }
    if (this.#used >= this.#perMinute) return false;
    this.#used++;
    return true;
  }
}
