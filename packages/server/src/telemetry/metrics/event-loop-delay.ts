import { Histogram } from "../histogram.ts";

const everyMs = 20;
/** A stall that is longer than this counts as this long, so that one after a long sleep takes no time to count. */
const longestMs = 60_000;

const bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * How long something that arrives at any moment has to wait for its turn. A timer looks 50 times a second; each look that
 * a stall made impossible is counted with what was left of the stall, or a stall of a second would be one value among
 * fifty good ones. Node's own `monitorEventLoopDelay` counts it as one, and has percentiles since its last reset only,
 * which is of no use with two scrapers.
 */
export class EventLoopDelay {
  readonly histogram = new Histogram(bounds);
  readonly #onLook: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  /** @param onLook called at each look, for what else has to be looked at often */
  constructor(onLook: () => void = () => {}) {
    this.#onLook = onLook;
  }

  start(): void {
    if (this.#timer) return;
    this.#last = performance.now();
    this.#timer = setInterval(() => this.look(performance.now()), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  look(nowMs: number): void {
    let lateMs = Math.min(nowMs - this.#last - everyMs, longestMs);
    this.#last = nowMs;
    do {
      this.histogram.observe(Math.max(lateMs, 0) / 1000);
      lateMs -= everyMs;
    } while (lateMs > 0);
    this.#onLook();
  }
}
