import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Megabytes (10⁶ bytes) of this process. */
export interface MemoryUse {
  rss: number;
  /** In use after garbage was collected. */
  heap: number;
}

const everyMs = 500;

/** Watches the memory of this process. */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Highest resident memory so far, in megabytes. */
  get peak(): number {
    this.#look();
    return megabytes(this.#peak);
  }

  /** Collects garbage first: what is left is in use. Takes a moment of the thread. */
  settled(): MemoryUse {
    this.#look();
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    this.#peak = Math.max(this.#peak, rss);
    return { rss: megabytes(rss), heap: megabytes(heapUsed) };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What is told of its end by the first round is collected by the second.
  collect();
  collect();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
