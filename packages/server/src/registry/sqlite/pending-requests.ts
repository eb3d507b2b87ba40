import { RegistryError, StoreUnavailable } from "../device-registry.ts";
import { faultOf, type StoreFault } from "./store-fault.ts";
import type { OperationFailure } from "./store-operation.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** Told of the value before the promise resolves; false when it has not finished telling. */
  beforeResolve: ((value: unknown) => boolean) | undefined;
}

/** Requests that wait for the writer thread: bounded, answered in order. */
export class PendingRequests {
  readonly #limit: number;
  readonly #pending = new Map<number, Pending>();
  /** Answers that wait because one before them is still being told to the listeners. */
  readonly #answers: { pending: Pending; value: unknown }[] = [];
  #telling = false;
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
   * @param beforeResolve told of the value first; called again while it answers false
   */
  add<Value>(send: (request: number) => void, beforeResolve?: (value: Value) => boolean): Promise<Value> {
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
        beforeResolve: beforeResolve as Pending["beforeResolve"],
      });
    });
  }

  succeed(request: number, value: unknown): void {
    const pending = this.#take(request);
    if (pending === undefined) return;
    this.#answers.push({ pending, value });
    if (!this.#telling) this.#answerNext();
  }

  fail(request: number, failure: OperationFailure): void {
    this.#take(request)?.reject(errorOf(failure));
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

  /** In pieces: an import of a million devices is told over many turns of the event loop, and nothing overtakes it. */
  #answerNext(): void {
    this.#telling = false;
    for (;;) {
      const next = this.#answers[0];
      if (next === undefined) return;
      if (next.pending.beforeResolve?.(next.value) === false) {
        this.#telling = true;
        setImmediate(() => this.#answerNext());
        return;
      }
      this.#answers.shift();
      next.pending.resolve(next.value);
    }
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
