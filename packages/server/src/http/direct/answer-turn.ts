/** Something that has requests to answer. */
export interface TurnTaker {
  /** Answers some of them. */
  answerSome(): void;
  /** Sends what it has answered. */
  send(): void;
}

/** After so many milliseconds the event loop has a turn, and the others wait for the next one. */
const longestMs = 1;

/**
 * Takes together what came in one turn of the event loop: first all connections answer, then all answers are sent, then
 * those are told who want to know. Each for itself, a decision would begin after a call of the system every time, with
 * the processor's caches and branch predictors full of other things: it costs half as much again.
 */
export class AnswerTurn {
  #waiting: TurnTaker[] = [];
  #isRunning = false;
  readonly #afterwards: (() => void)[] = [];

  add(taker: TurnTaker): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#run());
    this.#waiting.push(taker);
  }

  /** The same listener, told after the answers of the turn are sent; at once where no turn is under way. It must not throw. */
  afterwards<Event>(listener: (event: Event) => void): (event: Event) => void {
    let events: Event[] = [];
    this.#afterwards.push(() => {
      const told = events;
      if (told.length === 0) return;
      events = [];
      for (const event of told) listener(event);
    });
    return (event) => {
      if (this.#isRunning) events.push(event);
      else listener(event);
    };
  }

  #run(): void {
    const takers = this.#waiting;
    this.#waiting = [];
    const begin = performance.now();
    let count = 0;
    this.#isRunning = true;
    try {
      do takers[count++]?.answerSome();
      while (count < takers.length && performance.now() - begin < longestMs);
    } finally {
      // Also where one of them throws: the others owe nothing for it.
      this.#isRunning = false;
      this.#end(takers.slice(0, count), takers.slice(count));
    }
  }

  #end(answered: readonly TurnTaker[], others: readonly TurnTaker[]): void {
    for (const taker of answered) taker.send();
    for (const tell of this.#afterwards) tell();
    if (others.length === 0) return;
    if (this.#waiting.length === 0) setImmediate(() => this.#run());
    this.#waiting = [...others, ...this.#waiting];
  }
}
