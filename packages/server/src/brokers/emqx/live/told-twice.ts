import { createHash } from "node:crypto";
import { RecentMap } from "../../../audit/recent-map.ts";

/** Longest text that is remembered as it is: what a peer makes up may be as long as a body. */
const longest = 256;

/**
 * Finds events that a broker sends again, as it does after a connection broke or an answer was late. At least the last
 * `most` are remembered, at most twice as many; what is older counts as new: twice is better than never.
 */
export class ToldTwice {
  readonly #seen: RecentMap<true>;
  #count = 0;

  /** @param most some thousands at most */
  constructor(most = 8000) {
    this.#seen = new RecentMap(most);
  }

  /** How many were. */
  get count(): number {
    return this.#count;
  }

  /** Whether this delivery came before; from now on it did. */
  has(delivery: string): boolean {
    const key = delivery.length > longest ? createHash("sha256").update(delivery).digest("base64") : delivery;
    if (this.#seen.get(key) === undefined) {
      this.#seen.set(key, true);
      return false;
    }
    this.#count++;
    return true;
  }
}
