/**
 * Answers that are given on in the order they were asked for, whenever each of them is there. Of those that wait for an
 * earlier one the caller holds the number down by `length`.
 */
export class OrderedAnswers<Answer extends object> {
  readonly #give: (answer: Answer) => void;
  readonly #gaveLater: () => void;
  /** From the first one that is not there yet. */
  readonly #waiting: (Answer | undefined)[] = [];
  /** How many left it so far: where in the order it begins. */
  #gone = 0;

  /** `gaveLater`: told after answers were given on that were not when they were added. */
  constructor(give: (answer: Answer) => void, gaveLater: () => void) {
    this.#give = give;
    this.#gaveLater = gaveLater;
  }

  /** Those under way, and those that wait for them. */
  get length(): number {
    return this.#waiting.length;
  }

  /** The next answer; its promise never rejects. */
  add(answer: Answer | Promise<Answer>): void {
    if (!(answer instanceof Promise)) {
      if (this.#waiting.length === 0) this.#give(answer);
      else this.#waiting.push(answer);
      return;
    }
    const place = this.#gone + this.#waiting.push(undefined) - 1;
    void answer.then((made) => {
      this.#waiting[place - this.#gone] = made;
      if (place === this.#gone) this.#giveWhatIsThere();
    });
  }

  #giveWhatIsThere(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#gone++;
      this.#give(first);
    }
    this.#gaveLater();
  }
}
