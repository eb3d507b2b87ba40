import { RegistryError, StoreUnavailable } from "../device-registry.ts";
import type { Teller } from "./change-listeners.ts";
import { faultOf, type StoreFault } from "./store-fault.ts";
import type { OperationFailure } from "./store-operation.ts";

/** Answers given and changes told in one turn of the event loop, together. */
const perTurn = 20;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** Told of the value before the promise resolves. */
  tell: Teller<unknown> | undefined;
}

type Answer = { pending: Pending } & ({ value: unknown } | { error: Error });

/** Requests that wait for the writer thread: bounded, answered in the order in which the answers come. */
export class PendingRequests {
  readonly #limit: number;
  readonly #pending = new Map<number, Pending>();
  /** Answers that wait for a later turn. */
  readonly #answers: Answer[] = [];
  #waiting = false;
  #last = 0;
  #refused = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** How many were refused because too many waited. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * @param send gets the number of the request
   * @param tell told of the value first
   */
  add<Value>(send: (request: number) => void, tell?: Teller<Value>): Promise<Value> {
    if (this.#pending.size >= this.#limit) {
      this.#refused++;
      throw unavailable(faultOf("unavailable", `${this.#limit} requests are waiting already`));
    }
    const request = ++this.#last;
    return new Promise<Value>((resolve, reject) => {
      send(request); // throws when the message cannot travel: nothing is pending then
      this.#pending.set(request, {
        resolve: resolve as (value: unknown) => void,
        reject,
        tell: tell as Pending["tell"],
      });
    });
  }

  succeed(request: number, value: unknown): void {
    const pending = this.#take(request);
    if (pending !== undefined) this.#answer({ pending, value });
  }

  fail(request: number, failure: OperationFailure): void {
    const pending = this.#take(request);
    if (pending !== undefined) this.#answer({ pending, error: errorOf(failure) });
  }

  /** The thread is gone. A request that it had committed but not answered counts as failed here. */
  failAll(fault: StoreFault): void {
    for (const request of [...this.#pending.keys()]) this.fail(request, { cause: "store", fault });
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    return pending;
  }

  #answer(answer: Answer): void {
    this.#answers.push(answer);
    if (this.#waiting) return;
    this.#waiting = true;
    // not at once: what came with the same message is answered in one go, and counted together
    queueMicrotask(() => this.#answerSome());
  }

  /** An import of a million devices is told over many turns of the event loop, and nothing overtakes it. */
  #answerSome(): void {
    let room = perTurn;
    while (room > 0) {
      const next = this.#answers[0];
      if (next === undefined) {
        this.#waiting = false;
        return;
      }
      if ("value" in next) {
        const told = next.pending.tell?.(next.value, room) ?? 0;
        if (told === room) break; // there may be more
        room -= told;
      }
      this.#answers.shift();
      room--;
      if ("value" in next) next.pending.resolve(next.value);
      else next.pending.reject(next.error);
    }
    setImmediate(() => this.#answerSome());
  }
}

export function unavailable(fault: StoreFault): StoreUnavailable {
  return new StoreUnavailable(fault.state, fault.detail);
}

function errorOf(failure: OperationFailure): Error {
  switch (failure.cause) {
    case "registry":
      return new RegistryError(failure.code, failure.message);
    case "store":
      return unavailable(failure.fault);
    case "internal":
      return new Error(failure.message);
  }
}
