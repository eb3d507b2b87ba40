/** Changes below this are a clock that is being drawn to the right time, not one that is set. */
const jumpMs = 1000;

/** Notices that the clock of this machine was set, by the one that is never set. */
export class ClockJumps {
  readonly counts = { back: 0, forward: 0 };
  #difference: number | undefined;

  /** To be called often. */
  look(wallMs: number, monotonicMs: number): void {
    const difference = wallMs - monotonicMs;
    const change = difference - (this.#difference ?? difference);
    if (change <= -jumpMs) this.counts.back++;
    if (change >= jumpMs) this.counts.forward++;
    this.#difference = difference;
  }
}
