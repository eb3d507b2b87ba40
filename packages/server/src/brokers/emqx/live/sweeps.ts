import { type EmqxReach, isAway } from "./emqx-reach.ts";
import type { PendingDevices } from "./pending-devices.ts";

export interface SweepsParts {
  pending: Pick<PendingDevices, "hasAll" | "overflows" | "allDone">;
  reach: Pick<EmqxReach, "isUp" | "failed">;
  /** Compares EMQX with the registry; with `cuts` all that is refused is cut as well. */
  sweep(cuts: boolean): Promise<void>;
  onError(error: unknown): void;
}

/** EMQX is compared with the registry so often, whatever is told of it: others may have taken away our bans. */
const everyMs = 3_600_000;
const afterFailureMs = 60_000;
/** More than are kept by name: after this most of them are refused. */
const soonMs = 1000;

/** When EMQX is compared with the registry as a whole: one sweep after the other. */
export class Sweeps {
  readonly #parts: SweepsParts;
  #isRunning = false;
  #isWanted = false;
  #isSoon = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SweepsParts) {
    this.#parts = parts;
  }

  /** As soon as it can be. */
  async now(): Promise<void> {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isWanted && !this.#closed) {
      this.#isWanted = false;
      this.#isSoon = false;
      await this.#sweep();
    }
    this.#isRunning = false;
  }

  /** In a second, where more is pending than is kept by name. */
  soonIfNeeded(): void {
    if (!this.#parts.pending.hasAll || this.#isRunning || this.#isSoon) return;
    this.#isSoon = true;
    this.#in(soonMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #sweep(): Promise<void> {
    const { pending, sweep, reach, onError } = this.#parts;
    const { hasAll, overflows } = pending;
    try {
      await sweep(hasAll);
      if (hasAll) pending.allDone(overflows);
      this.#in(pending.hasAll ? soonMs : everyMs);
    } catch (error) {
      if (isAway(error)) return reach.failed(error);
      // The state of the registry is told elsewhere.
      if (!(error instanceof Error && error.name === "StoreUnavailable")) onError(error);
      this.#in(afterFailureMs);
    }
  }

  #in(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      if (this.#parts.reach.isUp) void this.now();
    }, ms);
    this.#timer.unref();
  }
}
