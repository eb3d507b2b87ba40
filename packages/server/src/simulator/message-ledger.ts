import { NumberRanges } from "./number-ranges.ts";

/** Messages by their numbers. */
export interface MessageCounts {
  published: number;
  /** The broker said that it has them. */
  acknowledged: number;
  /** Different ones that came back. */
  received: number;
  /** Acknowledged, and never received. */
  lost: number;
  /** Came once more than once. */
  duplicated: number;
  /** Neither acknowledged nor given up: they wait. */
  waiting: number;
  /** Given up by the device: its queue was full, or it was stopped. */
  dropped: number;
  /** The broker said no. */
  refused: number;
}

export const noMessages: Readonly<MessageCounts> = {
  published: 0,
  acknowledged: 0,
  received: 0,
  lost: 0,
  duplicated: 0,
  waiting: 0,
  dropped: 0,
  refused: 0,
};

/** What one device published to itself, and what of it came back: exact, by number. */
export class MessageLedger {
  readonly #acknowledged = new NumberRanges();
  readonly #received = new NumberRanges();
  #published = 0;
  #duplicated = 0;
  #dropped = 0;
  #refused = 0;

  /** The number of the next message. */
  publish(): number {
    return ++this.#published;
  }

  acknowledged(number: number): void {
    this.#acknowledged.add(number);
  }

  dropped(): void {
    this.#dropped++;
  }

  refused(): void {
    this.#refused++;
  }

  received(number: number): void {
    if (!this.#received.add(number)) this.#duplicated++;
  }

  /** Nothing is on its way any more. */
  get isSettled(): boolean {
    return this.#waiting === 0 && this.#acknowledged.countMissingIn(this.#received) === 0;
  }

  get #waiting(): number {
    return this.#published - this.#acknowledged.size - this.#dropped - this.#refused;
  }

  counts(): MessageCounts {
    return {
      published: this.#published,
      acknowledged: this.#acknowledged.size,
      received: this.#received.size,
      lost: this.#acknowledged.countMissingIn(this.#received),
      duplicated: this.#duplicated,
      waiting: this.#waiting,
      dropped: this.#dropped,
      refused: this.#refused,
    };
  }
}

export function sumOfMessages(all: Iterable<MessageCounts>): MessageCounts {
  const sum = { ...noMessages };
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof MessageCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
