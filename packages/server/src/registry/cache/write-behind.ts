import { setImmediate as nextTurn } from "node:timers/promises";
import { type DeviceRegistry, StoreUnavailable } from "../device-registry.ts";
import type { PendingEnrolments } from "./pending-enrolments.ts";
import type { PendingSightings, SightingBatch } from "./pending-sightings.ts";
import type { Revisits } from "./revisits.ts";

/**
 * Sightings or devices in one write. To gather, to send to another thread and to settle so many takes this thread a
 * fifth of a millisecond; between two writes the event loop has a turn. One device can have 35 sightings.
 */
const writeSize = { sightings: 36, enrolments: 10 };

/** Writes under way at once, so that the store need not commit each by itself. */
const underWay = { sightings: 256, enrolments: 4 };

export interface WriteBehindOptions {
  registry: Pick<DeviceRegistry, "touch" | "health">;
  sightings: PendingSightings;
  revisits: Revisits;
  enrolments: PendingEnrolments;
  sightingsEveryMs: number;
  enrolmentsEveryMs: number;
  /** How long a revisit may wait. */
  revisitsAfterMs: number;
  nowMs: () => number;
  onWritten: (batch: SightingBatch) => void;
  onProblem: (sentence: string) => void;
}

/** A write on its way; `answer` resolves with the store's error, if there is one. */
interface Sent {
  batch: SightingBatch;
  answer: Promise<{ error?: unknown }>;
}

/** Writes what was noted, from time to time, in batches, when the store is ready. Nothing here rejects. */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #timers: NodeJS.Timeout[];
  #enrolling: Promise<void> | undefined;
  #touching: Promise<void> | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => void this.#enrol(), options.enrolmentsEveryMs),
      setInterval(() => void this.#touch(options.nowMs() - options.revisitsAfterMs), options.sightingsEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Writes everything noted before the call. */
  async flush(): Promise<void> {
    await this.#enrolling;
    await this.#enrol(); // first: a sighting of a device without a row is passed over
    await this.#touching;
    await this.#touch(Number.POSITIVE_INFINITY);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush();
    const { enrolments, sightings, onProblem } = this.#options;
    if (enrolments.size > 0) onProblem(`${enrolments.size} new devices were not written before the end`);
    if (sightings.size > 0)
      onProblem(`the last sightings of ${sightings.size} devices were not written before the end`);
  }

  #enrol(): Promise<void> {
    this.#enrolling ??= this.#sendAllEnrolments().finally(() => {
      this.#enrolling = undefined;
    });
    return this.#enrolling;
  }

  /** @param until revisits that have waited since then, or longer, are written too */
  #touch(until: number): Promise<void> {
    this.#touching ??= this.#sendSightings(until).finally(() => {
      this.#touching = undefined;
    });
    return this.#touching;
  }

  async #sendAllEnrolments(): Promise<void> {
    await Promise.all(Array.from({ length: underWay.enrolments }, () => this.#sendEnrolments()));
  }

  async #sendEnrolments(): Promise<void> {
    const { enrolments, onProblem } = this.#options;
    try {
      while (this.#isReady() && (await enrolments.send({ size: writeSize.enrolments })) > 0) await nextTurn();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) onProblem(`new devices could not be written: ${nameOf(error)}`);
    }
  }

  /** One write is sent, and one that was answered settled, in each turn. The store does them in the order they are sent. */
  async #sendSightings(until: number): Promise<void> {
    const { registry, sightings, enrolments } = this.#options;
    await this.#noteRevisits(until);
    const sent: Sent[] = [];
    for (const batch of sightings.batches(writeSize.sightings, (id) => enrolments.get(id) !== undefined)) {
      if (!this.#isReady()) break;
      if (batch.devices.length > 0) sent.push({ batch, answer: answerOf(registry.touch(batch.sightings)) });
      if (sent.length === underWay.sightings && !(await this.#settle(sent.shift()))) break;
      await nextTurn();
    }
    for (const each of sent) {
      await this.#settle(each);
      await nextTurn();
    }
  }

  /** Those that are due become sightings, some in each turn. */
  async #noteRevisits(until: number): Promise<void> {
    const { sightings, revisits } = this.#options;
    while (this.#isReady()) {
      const due = revisits.endUntil(until, writeSize.sightings);
      if (due.length === 0) return;
      for (const sighting of due) sightings.note(sighting, false);
      await nextTurn();
    }
  }

  /** False when the store was unavailable: what was noted stays noted. */
  async #settle(sent: Sent | undefined): Promise<boolean> {
    if (sent === undefined) return true;
    const { sightings, onWritten, onProblem } = this.#options;
    const { error } = await sent.answer;
    if (error instanceof StoreUnavailable) return false;
    if (error !== undefined) onProblem(`sightings could not be written: ${nameOf(error)}`); // given up, or they would come back for ever
    sightings.settle(sent.batch);
    onWritten(sent.batch);
    return true;
  }

  #isReady(): boolean {
    return this.#options.registry.health().state === "ready";
  }
}

async function answerOf(write: Promise<void>): Promise<{ error?: unknown }> {
  try {
    await write;
    return {};
  } catch (error) {
    return { error };
  }
}

/** Without the text, which may quote what was to be written. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
