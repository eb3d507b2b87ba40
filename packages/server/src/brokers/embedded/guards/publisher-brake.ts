/** How long publishers are held back for a client before it is looked at again. */
const patienceMs = 1_000;
/** What the client has to take in that time, as a share of what may wait for it: less is next to nothing. */
const leastShare = 0.25;
/** How many go on in one turn of the event loop: each may bring a whole chunk of messages. */
const perTurn = 64;

/**
 * Holds publishers back while too much waits for a client, so that nothing is lost to one that is a little slower; but
 * not for one that takes next to nothing: it must not stop everybody else. They go on a few at a time, so that what
 * they have held back does not come down on the broker at once.
 */
export class PublisherBrake {
  #held: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isLettingGo = false;
  #taken = 0;
  #isOutOfPatience = false;

  /** Calls `goOn` soon, or when the client has caught up. */
  pass(goOn: () => void, isBehind: boolean): void {
    if (!isBehind || this.#isOutOfPatience) {
      setImmediate(goOn);
      return;
    }
    this.#held.push(goOn);
    if (this.#timer === undefined) this.#wait();
  }

  /** The client has taken this share of what may wait for it. */
  taken(share: number): void {
    this.#taken += share;
  }

  /** The client takes too little to wait for it. */
  get isOutOfPatience(): boolean {
    return this.#isOutOfPatience;
  }

  caughtUp(): void {
    this.#isOutOfPatience = false;
    if (this.#timer !== undefined) this.#release();
  }

  /** Holds nobody back any more, until the client has caught up. */
  end(): void {
    this.#isOutOfPatience = true;
    this.#release();
  }

  #wait(): void {
    this.#taken = 0;
    this.#timer = setTimeout(() => {
      if (this.#taken < leastShare) this.end();
      else this.#wait();
    }, patienceMs).unref();
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isLettingGo) this.#letGo();
  }

  #letGo(): void {
    // Until it falls behind again.
    this.#isLettingGo = this.#held.length > 0 && this.#timer === undefined;
    if (!this.#isLettingGo) return;
    for (const goOn of this.#held.splice(0, perTurn)) goOn();
    setImmediate(() => this.#letGo());
  }
}
