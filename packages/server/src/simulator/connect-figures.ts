import { createHistogram } from "node:perf_hooks";
import { ConnectRefused } from "@connack/device";
import { PeakRate } from "./peak-rate.ts";

/** Milliseconds from opening the socket to CONNACK. */
export interface ConnectTimes {
  p50: number;
  p99: number;
  max: number;
}

/** Refusals by the code of CONNACK; failures by what kept the client from an answer. */
export interface NoCounts {
  refused: Record<string, number>;
  failed: Record<string, number>;
}

/** Kinds of failures that are told apart. */
const mostKinds = 20;

/** Counts of a crowd of clients; of the same size however long it goes on. */
export class ConnectFigures {
  attempts = 0;
  accepted = 0;
  /** CONNECTs, whatever became of them. */
  readonly rate: PeakRate;
  readonly #microseconds = createHistogram();
  readonly #refused = new Map<number, number>();
  readonly #failed = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.rate = new PeakRate(nowMs);
  }

  began(): void {
    this.attempts++;
    this.rate.tick();
  }

  wasAccepted(afterMs: number): void {
    this.accepted++;
    this.#microseconds.record(Math.max(1, Math.round(afterMs * 1000)));
  }

  hasFailed(error: unknown): void {
    if (error instanceof ConnectRefused) {
      this.#refused.set(error.code, (this.#refused.get(error.code) ?? 0) + 1);
      return;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = typeof code === "string" ? code : String(message);
    const known = this.#failed.has(kind) || this.#failed.size < mostKinds ? kind : "other";
    this.#failed.set(known, (this.#failed.get(known) ?? 0) + 1);
  }

  get times(): ConnectTimes | undefined {
    if (this.accepted === 0) return undefined;
    const ms = (microseconds: number) => Math.round(microseconds / 100) / 10;
    const { max } = this.#microseconds;
    return { p50: ms(this.#microseconds.percentile(50)), p99: ms(this.#microseconds.percentile(99)), max: ms(max) };
  }

  get noCounts(): NoCounts {
    return { refused: Object.fromEntries(this.#refused), failed: Object.fromEntries(this.#failed) };
  }
}

/** What has been added since; kinds without any are left out. */
export function noCountsSince(before: NoCounts, now: NoCounts): NoCounts {
  const since = (then: Record<string, number>, later: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(later)
        .map(([kind, count]): [string, number] => [kind, count - (then[kind] ?? 0)])
        .filter(([, count]) => count > 0),
    );
  return { refused: since(before.refused, now.refused), failed: since(before.failed, now.failed) };
}
