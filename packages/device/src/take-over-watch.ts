import type { ConnectionEnd } from "./connection.ts";
import { wasClosed } from "./connection-verdict.ts";

/** DISCONNECT of MQTT 5 §3.14.2.1: another client uses this id. MQTT 3.1.1 has no such word, and Mosquitto 2.0 does not use it. */
const sessionTakenOver = 0x8e;
const suspiciousInARow = 3;

/** Tells a device whose client id a second one uses: each throws the other out when it connects. */
export class TakeOverWatch {
  readonly #shortMs: number;
  #inARow = 0;

  /** @param shortMs a connection that the broker closes sooner is suspicious: the longest wait of a twin */
  constructor(shortMs: number) {
    this.#shortMs = shortMs;
  }

  /**
   * @param isExplained something else explains the end, such as a token that was over
   * @returns whether it was a twin: the broker said so, or closed connections it had accepted three times in a row
   */
  ended({ end, livedMs, isExplained }: { end: ConnectionEnd; livedMs: number; isExplained: boolean }): boolean {
    if (end.code === sessionTakenOver) return true;
    const isSuspicious = !isExplained && end.code === undefined && wasClosed(end) && livedMs < this.#shortMs;
    this.#inARow = isSuspicious ? this.#inARow + 1 : 0;
    return this.#inARow >= suspiciousInARow;
  }

  /** A connection ended as the device wanted. */
  reset(): void {
    this.#inARow = 0;
  }
}
