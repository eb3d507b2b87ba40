import type { Worker } from "node:worker_threads";
import { startThread } from "../registry/sqlite/start-thread.ts";
import { type AuditPage, type AuditQuery, AuditUnavailable, type ReasonCount } from "./audit-log.ts";
import type {
  AuditLimits,
  AuditReport,
  AuditSettings,
  CorruptReport,
  FromAudit,
  ToAudit,
  WrittenReport,
} from "./sqlite/audit-messages.ts";

export interface ThreadListener {
  onReport(report: AuditReport): void;
  /** `entries`: how many of those sent are done with. */
  onWritten(report: WrittenReport, entries: number): void;
  onCorrupt(report: CorruptReport): void;
  /** The thread ended by itself; another one is started after a while. `lost`: events given up with it. */
  onDeath(cause: string, entries: number, lost: number): void;
}

type Batch = Extract<ToAudit, { type: "entries" }>;

interface Sent {
  message: Batch;
  events: number;
  deaths: number;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Batches that are sent before the first of them is written, at most. */
const mostSent = 16;
const mostRequests = 100;
/** A batch that was under way at so many deaths is given up: it may be what kills. */
const mostDeaths = 3;
/** First and longest wait before a dead thread is replaced, in milliseconds. */
const restartDelay = { first: 100, longest: 10_000 };

/** The audit's thread as the main thread sees it: batches until they are written, questions, started anew when it dies. */
export class AuditThread {
  readonly #settings: AuditSettings;
  readonly #listener: ThreadListener;
  readonly #sent: Sent[] = [];
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #delay = restartDelay.first;
  #entries = 0;
  #holders = 0;
  #lastBatch = 0;
  #lastRequest = 0;
  #started = false;
  #closing = false;

  constructor(settings: AuditSettings, listener: ThreadListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get isStarted(): boolean {
    return this.#started;
  }

  /** Whether another batch may be sent. */
  get hasRoom(): boolean {
    return this.#worker !== undefined && this.#sent.length < mostSent && !this.#closing;
  }

  /** Entries that are sent and not written. */
  get entries(): number {
    return this.#entries;
  }

  /** The process stays for the thread until the function that comes back is called. */
  hold(): () => void {
    this.#holders++;
    this.#worker?.ref();
    return () => {
      this.#holders--;
      this.#release();
    };
  }

  start(): void {
    if (this.#started || this.#closing) return;
    this.#started = true;
    this.#begin();
  }

  /**
   * @param entries JSON of `count` entries that stand for `events` events
   * @param more other entries follow in the next turns; then these are written with them, if there is room for both
   */
  send(
    entries: string,
    { count, events, now, more }: { count: number; events: number; now: number; more: boolean },
  ): void {
    const follows = more && this.#sent.length + 1 < mostSent;
    const message: Batch = { type: "entries", batch: ++this.#lastBatch, count, now, entries, more: follows };
    this.#sent.push({ message, events, deaths: 0 });
    this.#entries += count;
    this.#worker?.postMessage(message);
  }

  tellNow(now: number): void {
    this.#worker?.postMessage({ type: "now", now } satisfies ToAudit);
  }

  /** Also for the threads to come. */
  limit(limits: AuditLimits): void {
    Object.assign(this.#settings, limits);
    this.#worker?.postMessage({ type: "limits", limits } satisfies ToAudit);
  }

  query(query: AuditQuery & { limit: number }): Promise<AuditPage> {
    return this.#request((request) => ({ type: "query", request, query }));
  }

  reasons(from: number, until: number): Promise<ReasonCount[]> {
    return this.#request((request) => ({ type: "reasons", request, from, until }));
  }

  /** Ends the thread; by force after so many milliseconds. */
  async close(mostMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    let force: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
      worker.postMessage({ type: "close" } satisfies ToAudit);
      force = setTimeout(() => void worker.terminate(), mostMs);
    });
    clearTimeout(force);
  }

  #request<Value>(message: (request: number) => ToAudit): Promise<Value> {
    const worker = this.#worker;
    if (worker === undefined) throw new AuditUnavailable("The audit cannot be read: its thread is being restarted.");
    if (this.#pending.size >= mostRequests) throw new AuditUnavailable("Too many questions to the audit are waiting.");
    const request = ++this.#lastRequest;
    return new Promise<Value>((resolve, reject) => {
      this.#pending.set(request, { resolve: resolve as (value: unknown) => void, reject });
      worker.ref(); // the process stays until the answer is there
      worker.postMessage(message(request));
    });
  }

  #begin(): void {
    let worker: Worker;
    let cause = "it ended";
    try {
      const file = new URL("./sqlite/audit-worker", import.meta.url);
      worker = startThread(file, { workerData: this.#settings, name: "audit-worker" });
    } catch (error) {
      setImmediate(() => this.#ended(causeOf(error)));
      return;
    }
    this.#worker = worker;
    this.#release();
    worker.on("message", (message: FromAudit) => this.#receive(message));
    worker.on("error", (error) => {
      cause = causeOf(error);
    });
    worker.on("exit", () => this.#ended(cause));
    for (const { message } of this.#sent) worker.postMessage(message);
  }

  #receive(message: FromAudit): void {
    switch (message.type) {
      case "state":
        if (message.state === "ready") this.#delay = restartDelay.first;
        this.#listener.onReport(message);
        break;
      case "written": {
        let entries = 0;
        while (this.#sent[0] !== undefined && this.#sent[0].message.batch <= message.batch)
          entries += this.#sent.shift()?.message.count ?? 0;
        this.#entries -= entries;
        this.#listener.onWritten(message, entries);
        break;
      }
      case "corrupt":
        this.#listener.onCorrupt(message);
        break;
      case "page":
        this.#take(message.request)?.resolve(message.page);
        break;
      case "reasons":
        this.#take(message.request)?.resolve(message.reasons);
        break;
      case "failed":
        this.#take(message.request)?.reject(new AuditUnavailable(message.fault.detail));
        break;
    }
    this.#release();
  }

  #release(): void {
    if (this.#pending.size === 0 && this.#holders === 0 && !this.#closing) this.#worker?.unref();
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    return pending;
  }

  #ended(cause: string): void {
    this.#worker = undefined;
    const fault = new AuditUnavailable("The audit cannot be read: its thread stopped.");
    for (const { reject } of this.#pending.values()) reject(fault);
    this.#pending.clear();
    if (this.#closing) return;
    for (const sent of this.#sent) sent.deaths++;
    const givenUp = this.#sent.filter(({ deaths }) => deaths >= mostDeaths);
    for (const sent of givenUp) this.#sent.splice(this.#sent.indexOf(sent), 1);
    const entries = givenUp.reduce((sum, { message }) => sum + message.count, 0);
    const events = givenUp.reduce((sum, sent) => sum + sent.events, 0);
    this.#entries -= entries;
    this.#restart = setTimeout(() => this.#begin(), this.#delay).unref();
    this.#delay = Math.min(this.#delay * 2, restartDelay.longest);
    this.#listener.onDeath(cause, entries, events);
  }
}

/** Without the text, which may quote what was to be written. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error ? String(error.code) : error.name;
}
