import type { ConnectionEnd } from "./connection.ts";

/** DISCONNECT of MQTT 5 §3.14.2.1: another client uses this id. MQTT 3.1.1 has no such word. */
const sessionTakenOver = 0x8e;
const suspiciousInARow = 3;

/** Tells a device whose client id a second one uses: each throws the other out when it connects. */
export class TakeOverWatch {
  readonly #shortMs: number;
  readonly #isTold: boolean;
  #inARow = 0;

  /**
   * @param shortMs a connection that the broker closes sooner is suspicious: the longest wait of a twin
   * @param isTold the broker has to say so by itself, as in MQTT 5 (MQTT-3.1.4-3)
   */
  constructor({ shortMs, isTold }: { shortMs: number; isTold: boolean }) {
    this.#shortMs = shortMs;
    this.#isTold = isTold;
  }

  /**
   * @param isExplained something else explains the end, such as a token that was over
   * @returns whether it was a twin: the broker said so, or closed connections it had accepted three times in a row
   */
  ended({ end, livedMs, isExplained }: { end: ConnectionEnd; livedMs: number; isExplained: boolean }): boolean {
    if (end.code === sessionTakenOver) return true;
    const isSuspicious = !this.#isTold && !isExplained && isClosed(end) && livedMs < this.#shortMs;
    this.#inARow = isSuspicious ? this.#inARow + 1 : 0;
    return this.#inARow >= suspiciousInARow;
  }

  /** A connection ended as the device wanted. */
  reset(): void {
    this.#inARow = 0;
  }
}

/** By the other side, in order or by reset; not because nothing was heard of it. */
function isClosed({ error }: ConnectionEnd): boolean {
  return error === undefined || (error as { code?: unknown }).code === "ECONNRESET";
}
