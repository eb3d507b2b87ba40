import { RowBudget, type RowRate } from "../../../audit/row-budget.ts";

/** A quiet broker may tell two minutes of a storm at once; 2000 a second go on from there. */
const usual: RowRate = { atOnce: 120_000, perSecond: 2000 };

const minuteMs = 60_000;

/**
 * How many events of brokers are looked at further. More are counted and left out, and that is told once a minute: a
 * broker that tells too much must not take the time of decisions.
 */
export class EventBudget {
  readonly #budget: RowBudget;
  readonly #nowMs: () => number;
  readonly #onLeftOut: (count: number) => void;
  #leftOut = 0;
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param onLeftOut told how many were left out since it was told last */
  constructor(nowMs: () => number, onLeftOut: (count: number) => void, rate: RowRate = usual) {
    this.#nowMs = nowMs;
    this.#onLeftOut = onLeftOut;
    this.#budget = new RowBudget(rate);
  }

  /** How many were left out since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether another event may be looked at. */
  take(): boolean {
    const now = this.#nowMs();
    const isWithin = this.#budget.take(now);
    if (!isWithin) {
      this.#leftOut++;
      this.#untold++;
    }
    this.#tell(now);
    return isWithin;
  }

  #tell(now: number): void {
    if (this.#untold === 0) return;
    const since = now - this.#toldAt;
    if (since >= 0 && since < minuteMs) return;
    this.#toldAt = now;
    const count = this.#untold;
    this.#untold = 0;
    this.#onLeftOut(count);
  }
}
