import type { Worker } from "node:worker_threads";
import type { Device } from "../device.ts";
import type { DeviceQuery, NewDevice } from "../device-registry.ts";
import type { Teller } from "./change-listeners.ts";
import { PendingRequests, unavailable } from "./pending-requests.ts";
import { startWriter } from "./start-writer.ts";
import { faultOf, type StoreFault } from "./store-fault.ts";
import type { OperationValues, StoreOperation } from "./store-operation.ts";
import type { FromWriter, StoreReport, ToWriter, WriterSettings } from "./writer-messages.ts";

export interface WriterListener {
  onReport(report: StoreReport): void;
  /** Answers have come, and are about to be given: what they tell of is committed. */
  onAnswers(): void;
  /** The thread ended by itself; another one is started after a while. */
  onDeath(fault: StoreFault): void;
}

/** First and longest wait before a dead thread is replaced, in milliseconds. */
const restartDelay = { first: 100, longest: 10_000 };

/** The writer thread as the main thread sees it: requests with answers, started anew when it dies. */
export class WriterThread {
  readonly #settings: WriterSettings;
  readonly #listener: WriterListener;
  readonly #pending: PendingRequests;
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #delay = restartDelay.first;
  #restarts = 0;
  #closing = false;
  #lastStage = 0;

  constructor(settings: WriterSettings, longestQueue: number, listener: WriterListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#pending = new PendingRequests(longestQueue);
    this.#start(settings);
  }

  counters(): { waiting: number; refused: number; restarts: number } {
    return { waiting: this.#pending.size, refused: this.#pending.refused, restarts: this.#restarts };
  }

  /** @param tell told of the value before the promise resolves */
  write<Operation extends StoreOperation>(
    operation: Operation,
    tell?: Teller<OperationValues[Operation["kind"]]>,
  ): Promise<OperationValues[Operation["kind"]]> {
    return this.#request((request) => this.send({ type: "write", request, operation }), tell);
  }

  list(query: DeviceQuery & { limit: number }): Promise<Device[]> {
    return this.#request((request) => this.send({ type: "list", request, query }));
  }

  /** Number under which the pieces of an import travel. */
  nextStage(): number {
    return ++this.#lastStage;
  }

  stage(stage: number, devices: NewDevice[]): void {
    this.send({ type: "stage", stage, devices });
  }

  /** @throws StoreUnavailable while there is no thread */
  send(message: ToWriter): void {
    if (this.#worker === undefined) throw unavailable(faultOf("unavailable", "the writer thread is being restarted"));
    this.#worker.postMessage(message);
  }

  /** Lets what is waiting finish, then ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.send({ type: "close" });
    await ended;
  }

  #request<Value>(send: (request: number) => void, tell?: Teller<Value>): Promise<Value> {
    const answer = this.#pending.add(send, tell);
    this.#worker?.ref(); // the process stays until what was asked for is done
    return answer;
  }

  #start(settings: WriterSettings): void {
    let worker: Worker;
    let cause = "it ended";
    try {
      worker = startWriter(settings);
    } catch (error) {
      setImmediate(() => this.#ended(causeOf(error)));
      return;
    }
    this.#worker = worker;
    worker.on("message", (message: FromWriter) => this.#receive(worker, message));
    worker.on("error", (error) => {
      cause = causeOf(error);
    });
    worker.on("exit", () => this.#ended(cause));
  }

  #receive(worker: Worker, message: FromWriter): void {
    switch (message.type) {
      case "state":
        if (message.state === "ready") this.#delay = restartDelay.first;
        this.#listener.onReport(message);
        break;
      case "results":
        this.#listener.onAnswers();
        for (const result of message.results) {
          if ("failure" in result) this.#pending.fail(result.request, result.failure);
          else this.#pending.succeed(result.request, result.value);
        }
        break;
      case "list":
        this.#listener.onAnswers();
        if ("failure" in message) this.#pending.fail(message.request, message.failure);
        else this.#pending.succeed(message.request, message.devices);
        break;
    }
    if (this.#pending.size === 0 && !this.#closing) worker.unref();
  }

  #ended(cause: string): void {
    this.#worker = undefined;
    const fault = faultOf("unavailable", this.#closing ? "closed" : `the writer thread stopped: ${cause}`);
    this.#listener.onDeath(fault);
    this.#pending.failAll(fault);
    if (this.#closing) return;
    this.#restart = setTimeout(() => {
      this.#restarts++;
      this.#start({ ...this.#settings, create: false });
    }, this.#delay).unref();
    this.#delay = Math.min(this.#delay * 2, restartDelay.longest);
  }
}

/** Without the text, which may quote what was to be written. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error ? String(error.code) : error.name;
}
