/** What a device knows of the time. */
export interface ClockOptions {
  /** The device's own clock, Unix milliseconds. */
  nowMs: () => number;
  /** A clock that nobody sets, milliseconds. */
  monotonicMs: () => number;
  /** No time before this one is plausible, Unix milliseconds. */
  notBeforeMs: number;
}

/** A token made by a clock that is not set would be refused; none is made. */
export class ClockNotSet extends Error {
  override readonly name = "ClockNotSet";
}

/** A step of the clock that is told, in milliseconds. */
const notableStepMs = 5000;

/** The device's clock, corrected by what servers say, and watched for steps. */
export class DeviceClock {
  readonly #options: ClockOptions;
  #offsetMs: number | undefined;
  #lastNow: number;
  #lastMonotonic: number;
  #isInDoubt = false;

  constructor(options: ClockOptions) {
    this.#options = options;
    this.#lastNow = options.nowMs();
    this.#lastMonotonic = options.monotonicMs();
  }

  /** Unix milliseconds, corrected. */
  nowMs(): number {
    return this.#options.nowMs() + (this.#offsetMs ?? 0);
  }

  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  monotonicMs(): number {
    return this.#options.monotonicMs();
  }

  get isPlausible(): boolean {
    return this.nowMs() >= this.#options.notBeforeMs;
  }

  /** Something speaks against it since a server has told its time: it was set, or credentials were refused. */
  get isInDoubt(): boolean {
    return this.#isInDoubt || !this.isPlausible;
  }

  doubt(): void {
    this.#isInDoubt = true;
  }

  /** How far a server was ahead of the device's own clock; `undefined` until one has said so. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** A server told its time, Unix milliseconds. What is not plausible is not believed. */
  heardTime(serverMs: number): void {
    if (Number.isFinite(serverMs) && serverMs >= this.#options.notBeforeMs) {
      this.#offsetMs = serverMs - this.#options.nowMs();
      this.#isInDoubt = false;
    }
  }

  /**
   * By how many milliseconds the clock was set, or the machine slept, since the last look; 0 for what is within a few
   * seconds. What servers said before a step counts no more: it was said of another clock.
   */
  look(): number {
    const now = this.#options.nowMs();
    const monotonic = this.#options.monotonicMs();
    const step = now - this.#lastNow - (monotonic - this.#lastMonotonic);
    this.#lastNow = now;
    this.#lastMonotonic = monotonic;
    if (Math.abs(step) < notableStepMs) return 0;
    this.#offsetMs = undefined;
    this.#isInDoubt = true;
    return step;
  }
}
