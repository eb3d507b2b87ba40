const seconds = 60;

/** How many attempts the last minute saw: a count for each second, so that it never grows. */
export class AttemptRate {
  readonly #counts = new Uint16Array(seconds);
  #newest = 0;

  /** @param nowMs of the monotonic clock */
  add(nowMs: number): void {
    this.#forget(nowMs);
    const at = this.#newest % seconds;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  perMinute(nowMs: number): number {
    this.#forget(nowMs);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #forget(nowMs: number): void {
    const now = Math.max(this.#newest, Math.floor(nowMs / 1000));
    for (let second = Math.max(this.#newest + 1, now - seconds + 1); second <= now; second++) {
      this.#counts[second % seconds] = 0;
    }
    this.#newest = now;
  }
}
