import type { Connection } from "./connection.ts";

/** The broker refuses the filter; `code` as in SUBACK, 128 and above. */
export class SubscriptionRefused extends Error {
  override readonly name = "SubscriptionRefused";
  readonly filter: string;
  readonly code: number;

  constructor(filter: string, code: number) {
    super(`the broker refuses the subscription to ${filter} (code ${code})`);
    this.filter = filter;
    this.code = code;
  }
}

interface Wanted {
  qos: 0 | 1 | 2;
  isGranted: boolean;
  waiting: { resolve(): void; reject(error: Error): void }[];
}

/** What a device subscribes to, on every connection again where the broker has lost the session. */
export class Subscriptions {
  readonly #wanted = new Map<string, Wanted>();
  #connection: Connection | undefined;

  get filters(): string[] {
    return [...this.#wanted.keys()];
  }

  /** Resolves when a broker has granted it; rejects with `SubscriptionRefused`, and it is wanted no more. */
  add(filter: string, qos: 0 | 1 | 2): Promise<void> {
    return new Promise((resolve, reject) => {
      const wanted: Wanted = this.#wanted.get(filter) ?? { qos, isGranted: false, waiting: [] };
      wanted.qos = qos;
      wanted.waiting.push({ resolve, reject });
      this.#wanted.set(filter, wanted);
      if (this.#connection) void this.#subscribe(this.#connection, filter, wanted);
    });
  }

  async remove(filter: string): Promise<void> {
    const wanted = this.#wanted.get(filter);
    this.#wanted.delete(filter);
    for (const { reject } of wanted?.waiting ?? [])
      reject(new Error(`unsubscribed from ${filter} before it was granted`));
    await this.#connection?.unsubscribe(filter);
  }

  /** Subscribes on a new connection to what its broker does not have. Refusals that nobody waits for: `onRefused`. */
  async open(connection: Connection, onRefused: (refused: SubscriptionRefused) => void): Promise<void> {
    this.#connection = connection;
    for (const [filter, wanted] of [...this.#wanted]) {
      if (connection.sessionPresent && wanted.isGranted) continue;
      const refused = await this.#subscribe(connection, filter, wanted);
      if (refused) onRefused(refused);
    }
  }

  close(): void {
    this.#connection = undefined;
  }

  clear(reason: string): void {
    for (const { waiting } of this.#wanted.values()) for (const { reject } of waiting) reject(new Error(reason));
    this.#wanted.clear();
  }

  async #subscribe(connection: Connection, filter: string, wanted: Wanted): Promise<SubscriptionRefused | undefined> {
    let code: number;
    try {
      code = await connection.subscribe(filter, wanted.qos);
    } catch {
      return undefined; // the connection is gone: the next one is asked
    }
    wanted.isGranted = code < 128;
    const waiting = wanted.waiting.splice(0);
    if (wanted.isGranted) {
      for (const { resolve } of waiting) resolve();
      return undefined;
    }
    const refused = new SubscriptionRefused(filter, code);
    if (waiting.length === 0) return refused;
    this.#wanted.delete(filter);
    for (const { reject } of waiting) reject(refused);
    return undefined;
  }
}
