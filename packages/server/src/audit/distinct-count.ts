import { randomInt } from "node:crypto";

/** Not to be guessed, so that nobody can make many texts count as one. */
const seed = randomInt(2 ** 32 - 1);

/** A 32-bit hash of a text (FNV-1a with a seed of this process, then mixed). Texts may share one. */
export function hashText(text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

const bits = 8192;

/** About how many different texts there were, in one kilobyte, to some 30 000 (linear counting, Whang et al. 1990). */
export class DistinctCount {
  readonly #bitmap = new Uint32Array(bits / 32);
  #empty = bits;

  /** @param hash of the text, from `hashText` */
  add(hash: number): void {
    const bit = (hash >>> 0) % bits;
    const mask = 1 << (bit & 31);
    const word = this.#bitmap[bit >>> 5] ?? 0;
    if ((word & mask) !== 0) return;
    this.#bitmap[bit >>> 5] = word | mask;
    this.#empty--;
  }

  estimate(): number {
    return Math.round(bits * Math.log(bits / Math.max(1, this.#empty)));
  }
}
