import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { ConnectRequest, Verification } from "@connack/credentials";
import { ExpiringLru } from "./expiring-lru.ts";

export interface KnownAnswersOptions {
  /** Right credentials remembered (default 65 536) for so long after their last use (default 10 minutes). */
  maxProven?: number;
  provenForMs?: number;
  /**
   * Wrong credentials remembered (default 16 384) for so long after their last use (default 10 minutes): a device that
   * tries the same one every half minute is checked once.
   */
  maxWrong?: number;
  wrongForMs?: number;
}

/** A right credential is remembered by the hash that it was right for, a wrong one by both that it was wrong for. */
export interface AnswerKeys {
  right: string;
  /** By the hash before the last rotation, while that counts. */
  rightBefore?: string;
  both: string;
}

/**
 * What became of credentials that were checked. Memory goes by user name, password **and** stored hash, so a changed
 * password is seen at once, and after a rotation the former one is still known. It holds no password, only HMACs under a key of this process. Wrong and right ones are
 * kept apart: a flood of wrong ones pushes no right one out.
 */
export class KnownAnswers {
  readonly #proven: ExpiringLru<Verification>;
  readonly #wrong: ExpiringLru<Verification>;
  readonly #secret = createSecretKey(randomBytes(32));

  constructor(options: KnownAnswersOptions, nowMs: () => number) {
    const { maxProven = 65_536, provenForMs = 600_000, maxWrong = 16_384, wrongForMs = 600_000 } = options;
    this.#proven = new ExpiringLru({ max: maxProven, ttlMs: provenForMs, nowMs });
    this.#wrong = new ExpiringLru({ max: maxWrong, ttlMs: wrongForMs, nowMs });
  }

  /** What a credential is remembered by. An unknown user, without hash, is one more kind of hash. */
  keysOf({ username, password }: ConnectRequest, hash: string | undefined, previous?: string): AnswerKeys {
    const right = this.#keyOf(username, password, hash ?? null);
    if (previous === undefined) return { right, both: right };
    const rightBefore = this.#keyOf(username, password, previous);
    return { right, rightBefore, both: this.#keyOf(username, password, [hash ?? null, previous]) };
  }

  find({ right, rightBefore, both }: AnswerKeys): Verification | undefined {
    const answer = findAgain(this.#proven, right);
    if (answer) return answer;
    const before = rightBefore === undefined ? undefined : findAgain(this.#proven, rightBefore);
    return before?.ok ? Object.freeze({ ...before, byPrevious: true }) : findAgain(this.#wrong, both);
  }

  /** Only a proof and a wrong password are remembered: any other refusal may be different next time. */
  remember({ right, rightBefore, both }: AnswerKeys, verification: Verification): void {
    if (verification.ok) {
      const { byPrevious, ...proof } = verification;
      if (byPrevious === undefined) this.#proven.set(right, verification);
      else if (rightBefore !== undefined) this.#proven.set(rightBefore, Object.freeze(proof));
    } else if (verification.reason === "bad_password") {
      const detail = `${verification.detail}; the same as before, not checked again`;
      this.#wrong.set(both, Object.freeze({ ...verification, detail }));
    }
  }

  /** JSON keeps the borders between the three, and tells a missing hash from any text. */
  #keyOf(username: string, password: string, hashes: string | null | (string | null)[]): string {
    const text = JSON.stringify([username, password, hashes]);
    return createHmac("sha256", this.#secret).update(text).digest("base64");
  }

  clear(): void {
    this.#proven.clear();
    this.#wrong.clear();
  }
}

/** What is used is kept for its full time again: the answer for a hash is the same for ever. */
function findAgain(answers: ExpiringLru<Verification>, key: string): Verification | undefined {
  const answer = answers.get(key);
  if (answer) answers.set(key, answer);
  return answer;
}
