/**
 * A set of whole numbers, kept as ranges: as small as it has gaps. For numbers that come in order, or nearly.
 */
export class NumberRanges {
  /** First and last of each range, ascending, with a gap between one and the next. */
  readonly #ranges: [first: number, last: number][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether it is new. */
  add(number: number): boolean {
    const at = this.#firstNotBefore(number);
    const here = this.#ranges[at];
    if (here && number >= here[0]) return false;
    this.#size++;
    const before = this.#ranges[at - 1];
    const joinsBefore = before !== undefined && before[1] === number - 1;
    const joinsHere = here !== undefined && here[0] === number + 1;
    if (joinsBefore && joinsHere) {
      before[1] = here[1];
      this.#ranges.splice(at, 1);
    } else if (joinsBefore) before[1] = number;
    else if (joinsHere) here[0] = number;
    else this.#ranges.splice(at, 0, [number, number]);
    return true;
  }

  has(number: number): boolean {
    const here = this.#ranges[this.#firstNotBefore(number)];
    return here !== undefined && number >= here[0];
  }

  /** How many of its numbers the other set does not have. */
  countMissingIn(other: NumberRanges): number {
    let shared = 0;
    let at = 0;
    for (const [first, last] of this.#ranges) {
      for (let range = other.#ranges[at]; range !== undefined && range[0] <= last; range = other.#ranges[at]) {
        shared += Math.max(0, Math.min(last, range[1]) - Math.max(first, range[0]) + 1);
        if (range[1] > last) break;
        at++;
      }
    }
    return this.#size - shared;
  }

  /** Index of the first range that does not end before the number. Most numbers belong to the last one. */
  #firstNotBefore(number: number): number {
    let at = this.#ranges.length;
    while (at > 0 && (this.#ranges[at - 1] as [number, number])[1] >= number) at--;
    return at;
  }
}
