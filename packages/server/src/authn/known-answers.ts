import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { ConnectRequest, Verification } from "@connack/credentials";
import { ExpiringLru } from "./expiring-lru.ts";

export interface KnownAnswersOptions {
  /** Right credentials remembered (default 65 536) for so long after their last use (default 10 minutes). */
  maxProven?: number;
  provenForMs?: number;
  /** Wrong credentials remembered (default 16 384) for so long after they were checked (default 60 s). */
  maxWrong?: number;
  wrongForMs?: number;
}

/**
 * What became of credentials that were checked. Memory goes by user name, password **and** stored hash, so a changed
 * password is seen at once. It holds no password, only HMACs under a key of this process. Wrong and right ones are
 * kept apart: a flood of wrong ones pushes no right one out.
 */
export class KnownAnswers {
  readonly #proven: ExpiringLru<Verification>;
  readonly #wrong: ExpiringLru<Verification>;
  readonly #secret = createSecretKey(randomBytes(32));

  constructor(options: KnownAnswersOptions, nowMs: () => number) {
    const { maxProven = 65_536, provenForMs = 600_000, maxWrong = 16_384, wrongForMs = 60_000 } = options;
    this.#proven = new ExpiringLru({ max: maxProven, ttlMs: provenForMs, nowMs });
    this.#wrong = new ExpiringLru({ max: maxWrong, ttlMs: wrongForMs, nowMs });
  }

  /** What a credential is remembered by. An unknown user, without hash, is one more kind of hash. */
  keyOf({ username, password }: ConnectRequest, hash: string | undefined): string {
    // JSON keeps the borders between the three, and tells a missing hash from any text.
    const text = JSON.stringify([username, password, hash ?? null]);
    return createHmac("sha256", this.#secret).update(text).digest("base64");
  }

  find(key: string): Verification | undefined {
    const right = this.#proven.get(key);
    if (right) this.#proven.set(key, right);
    return right ?? this.#wrong.get(key);
  }

  /** Only a proof and a wrong password are remembered: any other refusal may be different next time. */
  remember(key: string, verification: Verification): void {
    if (verification.ok) this.#proven.set(key, verification);
    else if (verification.reason === "bad_password") {
      const detail = `${verification.detail}; the same as before, not checked again`;
      this.#wrong.set(key, Object.freeze({ ...verification, detail }));
    }
  }

  clear(): void {
    this.#proven.clear();
    this.#wrong.clear();
  }
}
