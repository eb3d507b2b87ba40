import { setTimeout as sleep } from "node:timers/promises";
import type { PreparedRequests } from "../../../bench/prepared-requests.ts";
import { openLine } from "./pipelined-line.ts";

export interface OpenLoopOptions {
  port: number;
  seconds: number;
  perSecond: number;
  /** Times are told by windows of so many seconds. */
  windowSeconds: number;
  /** The request whose turn it is; only of those that are `measured` times are told. */
  next(nth: number): { requests: PreparedRequests; index: number; measured: boolean };
}

export interface OpenLoopReport {
  answers: number;
  /** Answers that were not what they had to be, and connections that broke. */
  wrong: number;
  /** Requests without an answer. */
  lost: number;
  /** From when a request was due until its answer; what a broker that waits for nobody would see. Milliseconds. */
  fromDue: Times;
  /** From when it was written: without what this program was late by. */
  fromWrite: Times;
  /** How late all requests were written, which tells of the machine and of the timers, whose grain is a millisecond. */
  late: Quantiles;
}

export interface Times extends Quantiles {
  count: number;
  windowP99s: number[];
}

interface Quantiles {
  p50: number;
  p99: number;
  max: number;
}

/** EMQX's pool for one authenticator. */
const connections = 8;

/**
 * So many requests a second whatever the answers do: one that comes late delays none that is due after it. They go
 * round the connections and are pipelined, as EMQX does it.
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopReport> {
  const { port, seconds, perSecond, windowSeconds, next } = options;
  const total = Math.round(seconds * perSecond);
  const windowCount = Math.ceil(seconds / windowSeconds);
  const fromDue = new TimeWindows(total, windowCount);
  const fromWrite = new TimeWindows(total, windowCount);
  const late = new Float64Array(total);
  let answers = 0;
  let wrong = 0;

  const lines = await Promise.all(
    Array.from({ length: connections }, () =>
      openLine(port, {
        onAnswer(asked, isRight, at) {
          answers++;
          if (!isRight) wrong++;
          if (!asked.measured) return;
          fromDue.add(asked.window, at - asked.due);
          fromWrite.add(asked.window, at - asked.written);
        },
        onBroken: () => wrong++,
      }),
    ),
  );

  const begin = performance.now() + 20;
  for (let sent = 0; sent < total; await sleep(1)) {
    const now = performance.now();
    for (; sent < total; sent++) {
      const due = begin + (sent * 1000) / perSecond;
      if (due > now) break;
      const window = Math.floor(sent / perSecond / windowSeconds);
      late[sent] = now - due;
      lines[sent % connections]?.ask({ ...next(sent), due, written: now, window });
    }
    for (const line of lines) line.flush();
  }
  // What is not answered ten seconds after the last was due is lost.
  for (const end = performance.now() + 10_000; answers < total && performance.now() < end; ) await sleep(20);
  for (const line of lines) line.close();
  return {
    answers,
    wrong,
    lost: total - answers,
    fromDue: fromDue.told(),
    fromWrite: fromWrite.told(),
    late: quantiles(late),
  };
}

/** Room for all from the beginning: to grow would cost this program pauses. */
class TimeWindows {
  readonly #times: Float64Array;
  readonly #windows: Uint16Array;
  readonly #count: number;
  #length = 0;

  constructor(most: number, count: number) {
    this.#times = new Float64Array(most);
    this.#windows = new Uint16Array(most);
    this.#count = count;
  }

  add(window: number, milliseconds: number): void {
    this.#windows[this.#length] = window;
    this.#times[this.#length++] = milliseconds;
  }

  told(): Times {
    const all = this.#times.subarray(0, this.#length);
    const windowP99s = Array.from({ length: this.#count }, (_, window) => {
      return quantiles(all.filter((_, at) => this.#windows[at] === window)).p99;
    });
    return { count: this.#length, ...quantiles(all), windowP99s };
  }
}

function quantiles(unsorted: Float64Array): Quantiles {
  const sorted = unsorted.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
