import type { StepName } from "./decide-connect.ts";

/** Told how long a step of a decision took, in seconds, whatever came of it. Must be cheap, and not throw. */
export type RecordStep = (step: StepName, seconds: number) => void;

/**
 * Follows one decision through its steps, and times them: a step is over when the next one is reached, the last one with
 * the decision. What it had to wait for – the store, a password's turn, the turn of the event loop – is part of it.
 */
export class StepTimer {
  readonly #record: RecordStep | undefined;
  readonly #onStep: ((step: StepName) => void) | undefined;
  #current: StepName | undefined;
  #since = 0;

  constructor(record: RecordStep | undefined, onStep: ((step: StepName) => void) | undefined) {
    this.#record = record;
    this.#onStep = onStep;
  }

  reached(step: StepName): void {
    this.#onStep?.(step);
    this.#moveTo(step);
  }

  ended(): void {
    this.#moveTo(undefined);
  }

  #moveTo(next: StepName | undefined): void {
    if (this.#record === undefined) return;
    const now = performance.now();
    if (this.#current !== undefined) this.#record(this.#current, (now - this.#since) / 1000);
    this.#current = next;
    this.#since = now;
  }
}
