import { type EmqxReach, isAway } from "./emqx-reach.ts";
import type { PendingDevice, PendingDevices } from "./pending-devices.ts";
import type { PutInLine } from "./put-in-line.ts";

export interface PendingWorkParts {
  pending: PendingDevices;
  reach: Pick<EmqxReach, "isUp" | "failed">;
  /** @param cutsUnknown whether it is cut although nobody can tell just now what it may */
  putInLine(device: PendingDevice, cutsUnknown: boolean): Promise<PutInLine>;
  /** Connections of a device were ended. */
  onEnded(deviceId: string, count: number): void;
  onError(error: unknown): void;
  /** Where nobody can tell what a device may, it is looked at again after this; in milliseconds, default 10 s. */
  unsettledMs?: number | undefined;
}

interface Job {
  id: string;
  /** Times of the further looks, in `performance.now()`; `undefined` before the first. */
  looks: number[] | undefined;
  /** Times in a row that it failed. */
  failures: number;
  isRunning: boolean;
  /** What it may could not be told: it was cut for that once, and is not again. */
  isUnsettled: boolean;
  /** It changed while it was being put in line. */
  isOutdated: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Devices that are put in line at once; the API client has as many connections. */
const atOnce = 4;
const unsettledMs = 10_000;
/** A call that failed for itself is tried again after a second, two, … at most this. */
const longestWaitMs = 60_000;

/** Puts pending devices in line, some at once, again where it failed; waits while EMQX is away. */
export class PendingWork {
  readonly #parts: PendingWorkParts;
  readonly #jobs = new Map<string, Job>();
  /** In the order they are to be run. */
  readonly #ready = new Set<Job>();
  #running = 0;
  #failed = 0;
  #closed = false;

  constructor(parts: PendingWorkParts) {
    this.#parts = parts;
  }

  /** Calls of EMQX that failed for another reason than that it is away. */
  get failed(): number {
    return this.#failed;
  }

  /** A pending device is to be put in line now: its change is committed. */
  look(id: string): void {
    const { pending } = this.#parts;
    if (this.#closed || pending.get(id) === undefined || pending.isChanging(id)) return;
    const known = this.#jobs.get(id);
    if (known?.isRunning) {
      known.isOutdated = true;
      return;
    }
    const job = known ?? newJob(id);
    job.looks = undefined;
    job.isUnsettled = false;
    this.#jobs.set(id, job);
    this.#readyNow(job);
  }

  /** All that is pending: EMQX is there again, or this process just started. */
  lookAtAll(): void {
    for (const { id } of this.#parts.pending.values()) this.look(id);
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#jobs.values()) clearTimeout(timer);
    this.#jobs.clear();
    this.#ready.clear();
  }

  #readyNow(job: Job): void {
    clearTimeout(job.timer);
    job.timer = undefined;
    this.#ready.add(job);
    this.#pump();
  }

  #readyIn(job: Job, ms: number): void {
    job.timer = setTimeout(() => this.#readyNow(job), Math.max(0, ms));
    job.timer.unref();
  }

  #pump(): void {
    while (!this.#closed && this.#running < atOnce && this.#parts.reach.isUp) {
      const [job] = this.#ready;
      if (job === undefined) return;
      this.#ready.delete(job);
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    const device = this.#parts.pending.get(job.id);
    if (device === undefined) {
      this.#jobs.delete(job.id);
      return;
    }
    this.#running++;
    job.isRunning = true;
    job.isOutdated = false;
    try {
      const done = await this.#parts.putInLine(device, !job.isUnsettled);
      job.failures = 0;
      if (done.ended > 0) this.#parts.onEnded(job.id, done.ended);
      this.#afterLook(job, device, done);
    } catch (error) {
      this.#afterFailure(job, error);
    } finally {
      this.#running--;
      this.#pump();
    }
  }

  #afterLook(job: Job, device: PendingDevice, { looks, isUnsettled }: PutInLine): void {
    job.isRunning = false;
    if (this.#closed) return;
    job.isUnsettled = isUnsettled && !job.isOutdated;
    if (job.isOutdated || isUnsettled) {
      job.looks = undefined;
      this.#readyIn(job, job.isOutdated ? 0 : (this.#parts.unsettledMs ?? unsettledMs));
      return;
    }
    const now = performance.now();
    job.looks ??= looks.map((ms) => now + ms);
    const next = job.looks.shift();
    if (next !== undefined) this.#readyIn(job, next - now);
    else {
      this.#jobs.delete(job.id);
      this.#parts.pending.done(device);
    }
  }

  #afterFailure(job: Job, error: unknown): void {
    job.isRunning = false;
    if (this.#closed) return;
    if (isAway(error)) {
      // All are looked at when it is there again.
      this.#parts.reach.failed(error);
      return;
    }
    this.#failed++;
    this.#parts.onError(error);
    this.#readyIn(job, Math.min(longestWaitMs, 1000 * 2 ** job.failures++));
  }
}

function newJob(id: string): Job {
  return {
    id,
    looks: undefined,
    failures: 0,
    isRunning: false,
    isUnsettled: false,
    isOutdated: false,
    timer: undefined,
  };
}
