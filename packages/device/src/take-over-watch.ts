/** DISCONNECT of MQTT 5 §3.14.2.1: another client uses this id. MQTT 3.1.1 has no such word. */
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
   * @param isExplained something else explains the end: the token was over, or the network failed
   * @returns whether it was a twin: the broker said so, or closed connections it had accepted three times in a row
   */
  ended({ code, livedMs, isExplained }: { code: number | undefined; livedMs: number; isExplained: boolean }): boolean {
    if (code === sessionTakenOver) return true;
    const isSuspicious = !isExplained && code === undefined && livedMs < this.#shortMs;
    this.#inARow = isSuspicious ? this.#inARow + 1 : 0;
    return this.#inARow >= suspiciousInARow;
  }
}
