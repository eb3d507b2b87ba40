/** How many there were in the busiest second; seconds begin where the clock has whole ones. */
export class PeakRate {
  readonly #nowMs: () => number;
  #second = 0;
  #count = 0;
  #peak = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  tick(): void {
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count++;
    this.#peak = Math.max(this.#peak, this.#count);
  }

  get peak(): number {
    return this.#peak;
  }

  /** Forgets what was. */
  reset(): void {
    this.#count = 0;
    this.#peak = 0;
  }
}
