/** How long publishers are held back for a client before it is looked at again, and how often at most. */
const patienceMs = 1_000;
const mostLooks = 3;
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
  /** What only the client itself waits for. */
  #heldByItself: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isLettingGo = false;
  #taken = 0;
  #looks = 0;
  #isOutOfPatience = false;

  /** Calls `goOn` soon, or when the client has caught up. */
  pass(goOn: () => void, isBehind: boolean): void {
    if (!isBehind || this.#isOutOfPatience) {
      setImmediate(goOn);
      return;
    }
    this.#held.push(goOn);
    if (this.#timer !== undefined) return;
    this.#looks = 0;
    this.#wait();
  }

  /** The same for what stops nobody else, such as retained messages: without an end to the patience. */
  passPatiently(goOn: () => void, isBehind: boolean): void {
    if (isBehind) this.#heldByItself.push(goOn);
    else setImmediate(goOn);
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
    this.#letItselfGo();
    if (this.#timer !== undefined) this.#release();
  }

  /** The client is gone. */
  end(): void {
    this.#giveUp();
    this.#letItselfGo();
  }

  #wait(): void {
    this.#taken = 0;
    this.#timer = setTimeout(() => {
      if (this.#taken < leastShare || ++this.#looks >= mostLooks) this.#giveUp();
      else this.#wait();
    }, patienceMs).unref();
  }

  /** Until the client has caught up. */
  #giveUp(): void {
    this.#isOutOfPatience = true;
    this.#release();
  }

  #letItselfGo(): void {
    for (const goOn of this.#heldByItself.splice(0)) setImmediate(goOn);
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
