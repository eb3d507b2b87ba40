import type { NewDevice } from "../device-registry.ts";
import type { PendingEnrolments } from "./pending-enrolments.ts";

/** Where an operator and a device that enrols itself mean the same id, the operator wins. */
export class OperatorFirst {
  readonly #enrolments: PendingEnrolments;
  readonly #noteAgain: (device: NewDevice) => void;
  readonly #held = new Set<ReadonlySet<string>>();

  constructor(enrolments: PendingEnrolments, noteAgain: (device: NewDevice) => void) {
    this.#enrolments = enrolments;
    this.#noteAgain = noteAgain;
  }

  /** An operator adds this id just now: it is not to be enrolled meanwhile. */
  holds(id: string): boolean {
    for (const ids of this.#held) if (ids.has(id)) return true;
    return false;
  }

  /** Makes the change with what waits to be enrolled under its ids withdrawn; noted again only when the change fails. */
  async adds<Value>(ids: readonly string[], change: () => Promise<Value>): Promise<Value> {
    const own = ids.length <= piece ? new Set(ids) : await setOf(ids);
    this.#held.add(own);
    const withdrawn: NewDevice[] = [];
    try {
      for (const id of this.#enrolments.ids()) {
        const device = own.has(id) ? await this.#enrolments.withdraw(id) : undefined;
        if (device !== undefined) withdrawn.push(device);
      }
      return await change();
    } catch (error) {
      this.#held.delete(own);
      for (const device of withdrawn) this.#noteAgain(device);
      throw error;
    } finally {
      this.#held.delete(own);
    }
  }
}

const piece = 5000;

/** Made over several turns of the event loop: an import may name a million. */
async function setOf(ids: readonly string[]): Promise<Set<string>> {
  const all = new Set<string>();
  for (let start = 0; start < ids.length; start += piece) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const id of ids.slice(start, start + piece)) all.add(id);
  }
  return all;
}
