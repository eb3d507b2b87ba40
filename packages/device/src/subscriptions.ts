import { isTopicFilter } from "@connack/credentials";
import type { Connection } from "./connection.ts";
import { reasonName } from "./reason-code.ts";

/** The broker refuses the filter; `code` as in SUBACK, 128 and above. */
export class SubscriptionRefused extends Error {
  override readonly name = "SubscriptionRefused";
  readonly filter: string;
  readonly code: number;

  constructor(filter: string, code: number) {
    super(`the broker refuses the subscription to ${filter}: ${code} (${reasonName(code)})`);
    this.filter = filter;
    this.code = code;
  }
}

interface Wanted {
  qos: 0 | 1;
  isGranted: boolean;
  waiting: { resolve(): void; reject(error: Error): void }[];
}

/**
 * What a device subscribes to: on every connection again where the broker has lost the session, and where it still has one,
 * unsubscribed from what was given up meanwhile.
 */
export class Subscriptions {
  readonly #wanted = new Map<string, Wanted>();
  /** Filters that the broker may still have in the session it keeps. */
  readonly #givenUp = new Set<string>();
  readonly #onRefused: (refused: SubscriptionRefused) => void;
  #connection: Connection | undefined;

  /** @param onRefused is told each refusal, also of what was granted before and is refused on a later connection */
  constructor(onRefused: (refused: SubscriptionRefused) => void) {
    this.#onRefused = onRefused;
  }

  get filters(): string[] {
    return [...this.#wanted.keys()];
  }

  /**
   * Resolves when a broker has granted it. Rejects with `SubscriptionRefused`, and it is wanted no more unless it was granted
   * before; with RangeError for what is no filter or another QoS: a message of QoS 2 could be lost between connections.
   */
  async add(filter: string, qos: 0 | 1): Promise<void> {
    if (typeof filter !== "string" || !isTopicFilter(filter)) throw new RangeError("that is no topic filter");
    if (qos !== 0 && qos !== 1) throw new RangeError("qos has to be 0 or 1");
    await new Promise<void>((resolve, reject) => {
      const wanted: Wanted = this.#wanted.get(filter) ?? { qos, isGranted: false, waiting: [] };
      wanted.qos = qos;
      wanted.waiting.push({ resolve, reject });
      this.#wanted.set(filter, wanted);
      this.#givenUp.delete(filter);
      if (this.#connection) void this.#subscribe(this.#connection, filter, wanted);
    });
  }

  /** Resolves when the broker has confirmed it; without a connection at once, and the broker is told on the next one. */
  async remove(filter: string): Promise<void> {
    const wanted = this.#wanted.get(filter);
    if (!wanted) return;
    this.#wanted.delete(filter);
    for (const { reject } of wanted.waiting) reject(new Error(`unsubscribed from ${filter} before it was granted`));
    // One that is only asked for is given up, too: the answer may be under way.
    if (wanted.isGranted || this.#connection) this.#givenUp.add(filter);
    if (this.#connection) await this.#unsubscribe(this.#connection, filter);
  }

  /** Tells a new connection what its broker does not know. */
  open(connection: Connection): void {
    this.#connection = connection;
    if (!connection.sessionPresent) {
      this.#givenUp.clear();
      for (const wanted of this.#wanted.values()) wanted.isGranted = false;
    }
    for (const filter of this.#givenUp) void this.#unsubscribe(connection, filter);
    for (const [filter, wanted] of this.#wanted) {
      if (!wanted.isGranted || wanted.waiting.length > 0) void this.#subscribe(connection, filter, wanted);
    }
  }

  close(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  clear(reason: string): void {
    for (const { waiting } of this.#wanted.values()) for (const { reject } of waiting) reject(new Error(reason));
    this.#wanted.clear();
    this.#givenUp.clear();
  }

  async #subscribe(connection: Connection, filter: string, wanted: Wanted): Promise<void> {
    let code: number;
    try {
      code = await connection.subscribe(filter, wanted.qos);
    } catch {
      return; // the connection is gone, and whoever waits goes on waiting: the next one is asked
    }
    const waiting = wanted.waiting.splice(0);
    if (code < 128) {
      wanted.isGranted = true;
      for (const { resolve } of waiting) resolve();
      return;
    }
    const refused = new SubscriptionRefused(filter, code);
    if (waiting.length > 0 && !wanted.isGranted && this.#wanted.get(filter) === wanted) this.#wanted.delete(filter);
    for (const { reject } of waiting) reject(refused);
    this.#onRefused(refused);
  }

  async #unsubscribe(connection: Connection, filter: string): Promise<void> {
    try {
      await connection.unsubscribe(filter);
    } catch {
      return; // the connection is gone: the next one is told, if its broker still has the session
    }
    this.#givenUp.delete(filter);
  }
}
