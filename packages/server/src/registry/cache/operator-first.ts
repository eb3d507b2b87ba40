import { setImmediate as nextTurn } from "node:timers/promises";
import type { NewDevice } from "../device-registry.ts";
import type { PendingEnrolments } from "./pending-enrolments.ts";
import { ShardedMap } from "./sharded-map.ts";

/** Devices looked at, and noted again, in one turn of the event loop: an import may name a million. */
const piece = { looked: 128, noted: 32 };

/** Where an operator and a device that enrols itself mean the same id, the operator wins. */
export class OperatorFirst {
  readonly #enrolments: PendingEnrolments;
  readonly #noteAgain: (device: NewDevice) => void;
  readonly #held = new Set<ShardedMap<true>>();

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
  async adds<Value>(devices: readonly { id: string }[], change: () => Promise<Value>): Promise<Value> {
    const own = new ShardedMap<true>(devices.length);
    this.#held.add(own);
    const withdrawn: NewDevice[] = [];
    try {
      for (const [index, { id }] of devices.entries()) {
        if (index > 0 && index % piece.looked === 0) await nextTurn();
        own.set(id, true);
        const device = this.#enrolments.get(id) && (await this.#enrolments.withdraw(id));
        if (device !== undefined) withdrawn.push(device);
      }
      return await change();
    } catch (error) {
      this.#held.delete(own);
      for (const [index, device] of withdrawn.entries()) {
        if (index > 0 && index % piece.noted === 0) await nextTurn();
        this.#noteAgain(device);
      }
      throw error;
    } finally {
      this.#held.delete(own);
    }
  }
}
