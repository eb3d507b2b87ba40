import { type SimulationPlan, stormTimesMs } from "./simulation-plan.ts";
import { expirySpreadSeconds } from "./storms.ts";

/** A device that has just connected keeps its token for at least so long, in seconds. */
export const leastTokenSeconds = 5;

/** When the tokens end: for expiry storms all at about the same time. */
export class ExpirySchedule {
  /** Unix seconds, ascending. */
  readonly #ends: number[];

  /** @param beginMs when the ramp begins, Unix milliseconds */
  constructor(plan: Pick<SimulationPlan, "storms" | "rampSeconds" | "durationSeconds">, beginMs: number) {
    const times = stormTimesMs(plan).filter((_, index) => plan.storms[index] === "expiry");
    this.#ends = times.map((timeMs) => Math.ceil((beginMs + plan.rampSeconds * 1000 + timeMs) / 1000));
  }

  /** Unix seconds: from when on the tokens of the nth expiry storm end. */
  end(index: number): number {
    return this.#ends[index] ?? 0;
  }

  /** For a token that is made now; `undefined`: as long as the server has it. */
  lifeSeconds(nowMs: number): number | undefined {
    const nowSeconds = Math.floor(nowMs / 1000);
    const end = this.#ends.find((each) => each - nowSeconds >= leastTokenSeconds);
    if (end === undefined) return undefined;
    return end - nowSeconds + Math.floor(Math.random() * (expirySpreadSeconds + 1));
  }
}
