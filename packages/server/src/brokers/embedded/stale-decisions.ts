import type { KickReason } from "./embedded-broker-event.ts";

/** Kicks remembered; decisions older than the oldest of them are refused, as nobody can say whether they still hold. */
const mostKicks = 10_000;

/**
 * Finds decisions that a kick has overtaken: asked for before it, answered after it. Such a decision may rest on the
 * device's former status, and the kick could not know the connection yet.
 */
export class StaleDecisions {
  readonly #kicks = new Map<string, { order: number; why: KickReason }>();
  #order = 0;
  #forgotten = 0;

  /** To be taken before a decision is asked for. */
  begin(): number {
    return this.#order;
  }

  kicked(deviceId: string, why: KickReason): void {
    this.#kicks.delete(deviceId);
    this.#kicks.set(deviceId, { order: ++this.#order, why });
    if (this.#kicks.size <= mostKicks) return;
    for (const [oldest, kick] of this.#kicks) {
      this.#kicks.delete(oldest);
      this.#forgotten = kick.order;
      break;
    }
  }

  /** Why a decision about this device, asked for at `begun`, no longer holds; undefined if it does. */
  since(begun: number, deviceId: string): KickReason | "unknown" | undefined {
    if (begun < this.#forgotten) return "unknown";
    const kick = this.#kicks.get(deviceId);
    return kick !== undefined && kick.order > begun ? kick.why : undefined;
  }
}
