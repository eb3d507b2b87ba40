/** Waits that can be cut short. One at a time. */
export class WakeableSleep {
  #wake: (() => void) | undefined;

  /** Resolves after so many milliseconds, or when it is woken. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      // setTimeout takes 31 bits: who sleeps longer looks around in between.
      const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  wake(): void {
    this.#wake?.();
  }
}
