interface Waiter {
  until: number;
  resolve(): void;
}

/** Who waits until so many entries are done with, in the order in which they were queued. */
export class FlushWaiters {
  #waiters: Waiter[] = [];
  #done = 0;

  /** @param mostMs longest wait */
  wait(until: number, mostMs?: number): Promise<void> {
    if (this.#done >= until) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = mostMs === undefined ? undefined : setTimeout(() => this.#release(waiter), mostMs);
      const waiter: Waiter = {
        until,
        resolve() {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** So many more entries are done with. */
  done(entries: number): void {
    this.#done += entries;
    for (const waiter of this.#waiters.filter(({ until }) => until <= this.#done)) this.#release(waiter);
  }

  /** Nothing more is to be waited for. */
  giveUp(): void {
    for (const waiter of [...this.#waiters]) this.#release(waiter);
  }

  #release(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((each) => each !== waiter);
    waiter.resolve();
  }
}
