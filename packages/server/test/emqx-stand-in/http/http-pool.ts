import type { HttpAnswer } from "./http-answer-parser.ts";
import { ConnectionLost, type HttpTarget, HttpWorker } from "./http-worker.ts";

export type PoolStatus = "connected" | "disconnected" | "stopped";

/** Why a pool gave no answer. */
export class NoAnswer extends Error {
  readonly reason: "timeout" | "connection" | "not_connected";

  constructor(reason: "timeout" | "connection" | "not_connected") {
    super(reason);
    this.reason = reason;
  }
}

/** EMQX gives a call half a second more than its request_timeout (measured: 5.50 s for 5 s). */
const graceMs = 500;

/**
 * EMQX's HTTP client: connections that are opened when it is made, requests spread at random and pipelined, up to two
 * more tries when a connection is lost, and a health check that opens connections but asks nothing.
 */
export class HttpPool {
  readonly #workers: HttpWorker[];
  #status: PoolStatus = "disconnected";
  #reason: string | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly counts = { matched: 0, success: 0, failed: 0 };

  constructor(target: HttpTarget, poolSize: number, healthCheckMs: number) {
    this.#workers = Array.from({ length: poolSize }, () => new HttpWorker(target));
    this.#timer = setInterval(() => void this.healthCheck(), healthCheckMs);
    this.#timer.unref();
  }

  get status(): PoolStatus {
    return this.#status;
  }

  /** Why it is disconnected, in EMQX's words. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether every connection can be opened: the status until the next check. */
  async healthCheck(): Promise<void> {
    if (this.#status === "stopped") return;
    const results = await Promise.allSettled(this.#workers.map((worker) => worker.open()));
    if ((this.#status as PoolStatus) === "stopped") return;
    const failure = results.find((result) => result.status === "rejected");
    this.#status = failure ? "disconnected" : "connected";
    this.#reason = failure ? String(failure.reason.message) : undefined;
  }

  async request(bytes: Buffer, timeoutMs: number): Promise<HttpAnswer> {
    this.counts.matched += 1;
    if (this.#status !== "connected") throw new NoAnswer("not_connected");
    const worker = this.#workers[Math.floor(Math.random() * this.#workers.length)] as HttpWorker;
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await within(worker, bytes, timeoutMs + graceMs);
        this.counts[answer.status < 300 ? "success" : "failed"] += 1;
        return answer;
      } catch (error) {
        if (error instanceof ConnectionLost && tries < 3) continue;
        throw error instanceof ConnectionLost ? new NoAnswer("connection") : error;
      }
    }
  }

  close(): void {
    this.#status = "stopped";
    clearInterval(this.#timer);
    for (const worker of this.#workers) worker.close();
  }
}

function within(worker: HttpWorker, bytes: Buffer, timeoutMs: number): Promise<HttpAnswer> {
  const { answer, cancel } = worker.send(bytes);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cancel();
      reject(new NoAnswer("timeout"));
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
