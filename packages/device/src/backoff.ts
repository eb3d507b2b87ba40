import { type ReconnectOptions, reconnectIn } from "./reconnect-delay.ts";

/** Failures in a row, and how long to wait after each. */
export class Backoff {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: ReconnectOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** One more. Milliseconds to wait; more of them where trying again soon is of no use. */
  failed(slower: boolean): number {
    return 1000 * reconnectIn(++this.#failures, slower, this.#options, this.#random());
  }

  reset(): void {
    this.#failures = 0;
  }
}
