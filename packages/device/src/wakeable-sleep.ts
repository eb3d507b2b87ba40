/** Waits that can be cut short. One at a time. */
export class WakeableSleep {
  #wake: (() => void) | undefined;
  #isWoken = false;

  /** Resolves after so many milliseconds, or when it is woken; at once where that happened since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        // setTimeout takes 31 bits: who sleeps longer looks around in between.
        const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isWoken = false;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }
}
