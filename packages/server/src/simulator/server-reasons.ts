import type { ReasonView, ReasonViews } from "../operations/audit-reasons.ts";
import { OperationError } from "../operations/operation.ts";
import type { CallServer } from "./server-calls.ts";

/** A reason that the server gave for refusals since the run began; of all its clients. */
export type ServerReason = Pick<ReasonView, "reason" | "count" | "sentence">;

/** What the server's audit tells of refusals. It counts by the hour: what there was before the run is subtracted. */
export class ServerReasons {
  readonly #call: CallServer;
  readonly #since: number;
  #knowsBefore = false;
  #before = new Map<string, number>();
  #latest: ServerReason[] = [];

  private constructor(call: CallServer, since: number) {
    this.#call = call;
    this.#since = since;
  }

  static async begin(call: CallServer): Promise<ServerReasons> {
    const reasons = new ServerReasons(call, Date.now());
    reasons.#knowsBefore = await reasons.#ask();
    reasons.#before = new Map(reasons.#latest.map(({ reason, count }) => [reason, count]));
    reasons.#latest = [];
    return reasons;
  }

  /** As known at the last look; most frequent first. */
  get latest(): readonly ServerReason[] {
    return this.#latest;
  }

  /** Where the server does not answer, what is known stays: it may be restarting. */
  async look(): Promise<void> {
    // Without a count from before the run nobody could tell which are of it.
    if (this.#knowsBefore) await this.#ask();
  }

  async #ask(): Promise<boolean> {
    try {
      const { reasons } = await this.#call<ReasonViews>("audit.reasons", { since: this.#since });
      this.#latest = addUp(reasons)
        .map((each) => ({ ...each, count: each.count - (this.#before.get(each.reason) ?? 0) }))
        .filter(({ count }) => count > 0)
        .sort((one, other) => other.count - one.count);
      return true;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return false;
    }
  }
}

/** A reason comes once for our own decisions, and once for what a broker refused by itself. */
function addUp(reasons: readonly ReasonView[]): ServerReason[] {
  const sums = new Map<string, ServerReason>();
  for (const { reason, count, sentence } of reasons) {
    const sum = sums.get(reason);
    sums.set(reason, { reason, count: count + (sum?.count ?? 0), sentence });
  }
  return [...sums.values()];
}
