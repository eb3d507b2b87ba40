import { type DeviceRegistry, StoreUnavailable } from "../device-registry.ts";
import type { PendingEnrolments } from "./pending-enrolments.ts";
import type { PendingSightings, SightingBatch } from "./pending-sightings.ts";

/** Devices or sightings in one write: small enough to be sent to another thread within a millisecond. */
const batchSize = 500;

export interface WriteBehindOptions {
  registry: Pick<DeviceRegistry, "touch" | "health">;
  sightings: PendingSightings;
  enrolments: PendingEnrolments;
  sightingsEveryMs: number;
  enrolmentsEveryMs: number;
  onWritten: (batch: SightingBatch) => void;
  onProblem: (sentence: string) => void;
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
      setInterval(() => void this.#touch(), options.sightingsEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Writes everything noted before the call. */
  async flush(): Promise<void> {
    await this.#enrolling;
    await this.#enrol(); // first: a sighting of a device without a row is passed over
    await this.#touching;
    await this.#touch();
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
    this.#enrolling ??= this.#sendEnrolments().finally(() => {
      this.#enrolling = undefined;
    });
    return this.#enrolling;
  }

  #touch(): Promise<void> {
    this.#touching ??= this.#sendSightings().finally(() => {
      this.#touching = undefined;
    });
    return this.#touching;
  }

  async #sendEnrolments(): Promise<void> {
    const { enrolments, onProblem } = this.#options;
    try {
      while (this.#isReady() && (await enrolments.send({ size: batchSize })) > 0);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) onProblem(`new devices could not be written: ${nameOf(error)}`);
    }
  }

  async #sendSightings(): Promise<void> {
    const { registry, sightings, enrolments, onWritten, onProblem } = this.#options;
    for (const batch of sightings.batches(batchSize, (id) => enrolments.get(id) !== undefined)) {
      if (!this.#isReady()) return;
      try {
        await registry.touch(batch.sightings);
      } catch (error) {
        if (error instanceof StoreUnavailable) return;
        onProblem(`sightings could not be written: ${nameOf(error)}`); // given up, or they would come back for ever
      }
      sightings.settle(batch);
      onWritten(batch);
    }
  }

  #isReady(): boolean {
    return this.#options.registry.health().state === "ready";
  }
}

/** Without the text, which may quote what was to be written. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
