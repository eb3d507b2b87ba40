import { isReadable, type StoreHealth, type StoreState } from "../device-registry.ts";
import { unavailable } from "./pending-requests.ts";
import type { SqliteRegistryOptions } from "./sqlite-registry.ts";
import { faultOf, type StoreFault, storeFault } from "./store-fault.ts";
import type { Durability } from "./store-file.ts";
import { openStoreReader, type StoreReader } from "./store-reader.ts";
import type { StoreReport } from "./writer-messages.ts";
import { WriterThread } from "./writer-thread.ts";

/** The writer thread and the read connection together, and how the store is. */
export class StoreConnection {
  readonly #options: SqliteRegistryOptions;
  readonly #now: () => number;
  readonly #writer: WriterThread;
  #reader: StoreReader | undefined;
  #generation: number | undefined;
  #durability: Durability | undefined;
  #health: StoreHealth;
  #epoch = 0;
  #closing = false;
  #started: { resolve(): void; reject(error: Error): void } | undefined;

  private constructor(options: SqliteRegistryOptions, started: { resolve(): void; reject(error: Error): void }) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#health = { ...faultOf("unavailable", "being opened"), since: this.#now(), epoch: 0 };
    this.#started = started;
    const { file, create, busyTimeoutMs = 2000, watchMs = 1000, longestQueue = 10_000, pragmas = [] } = options;
    this.#writer = new WriterThread({ file, create, busyTimeoutMs, watchMs, pragmas }, longestQueue, {
      onReport: (report) => this.#onReport(report),
      onAnswers: () => this.#reader?.refresh(),
      onDeath: (fault) => this.#onDeath(fault),
    });
  }

  static async open(options: SqliteRegistryOptions): Promise<StoreConnection> {
    let connection: StoreConnection | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        connection = new StoreConnection(options, { resolve, reject });
      });
    } catch (error) {
      await connection?.close();
      throw error;
    }
    return connection as unknown as StoreConnection;
  }

  health(): StoreHealth {
    return this.#health;
  }

  durability(): Durability | undefined {
    return this.#durability;
  }

  counters(): { waiting: number; refused: number; restarts: number } {
    return this.#writer.counters();
  }

  /** @throws StoreUnavailable unless ready */
  writer(): WriterThread {
    const { state, detail } = this.#health;
    if (state !== "ready") throw unavailable({ state, detail });
    return this.#writer;
  }

  /** @throws StoreUnavailable when the store cannot be read */
  read<Value>(look: (reader: StoreReader) => Value): Value {
    const reader = this.#readable();
    try {
      return look(reader);
    } catch (error) {
      const fault = storeFault(error);
      if (fault === undefined) throw error;
      this.#setHealth(fault);
      this.#writer.send({ type: "reader failed", fault });
      throw unavailable(fault);
    }
  }

  /** The writer thread, for reading. @throws StoreUnavailable when the store cannot be read */
  listing(): WriterThread {
    this.#readable();
    return this.#writer;
  }

  unstage(stage: number): void {
    if (this.#reader !== undefined) this.#writer.send({ type: "unstage", stage });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#setHealth(faultOf("unavailable", "closed"));
    this.#closeReader(); // so that the writer is the last to close and folds the log into the file
    await this.#writer.close();
  }

  #readable(): StoreReader {
    const { state, detail } = this.#health;
    if (this.#reader !== undefined && isReadable(state)) return this.#reader;
    throw unavailable({ state: state === "ready" ? "unavailable" : state, detail });
  }

  #onReport(report: StoreReport): void {
    if (this.#closing) return;
    this.#reader?.refresh();
    const { state, detail } = report;
    const fault = state === "ready" ? undefined : { state, detail };
    this.#durability = report.durability;
    if (report.fatal && this.#started) {
      this.#started.reject(new Error(detail));
      this.#started = undefined;
      return;
    }
    this.#setHealth(this.#followFile(report, fault) ?? fault);
    this.#started?.resolve();
    this.#started = undefined;
  }

  /** Opens or closes the reader as the writer did the file. Answers with the fault that stands in the way of reading. */
  #followFile({ generation, closing }: StoreReport, fault: StoreFault | undefined): StoreFault | undefined {
    if (generation === undefined) {
      this.#closeReader();
      if (closing !== undefined) this.#writer.send({ type: "reader closed", generation: closing });
      return fault && asUnreadable(fault);
    }
    if (generation === this.#generation) return undefined;
    this.#closeReader();
    try {
      this.#reader = openStoreReader(this.#options.file);
      this.#generation = generation;
      this.#epoch++;
      return undefined;
    } catch (error) {
      const own = storeFault(error) ?? faultOf("unavailable", error instanceof Error ? error.name : typeof error);
      const unreadable = asUnreadable(own);
      this.#writer.send({ type: "reader failed", fault: unreadable });
      return unreadable;
    }
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#generation = undefined;
  }

  #onDeath(fault: StoreFault): void {
    this.#closeReader();
    this.#durability = undefined;
    this.#setHealth(fault);
    this.#started?.reject(new Error(fault.detail));
    this.#started = undefined;
  }

  #setHealth(fault: StoreFault | undefined): void {
    const state: StoreState = fault?.state ?? "ready";
    const detail = fault?.detail ?? "";
    const changed = state !== this.#health.state;
    // always later than before, so that a state that came back between two looks is noticed
    const since = changed ? Math.max(this.#now(), this.#health.since + 1) : this.#health.since;
    // who held the lock may have written
    if (changed && this.#health.state === "locked") this.#epoch++;
    this.#health = { state, detail, since, epoch: this.#epoch };
    if (!changed || this.#closing) return;
    try {
      this.#options.onHealth?.(this.#health);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

/** Without a reader, a fault that leaves reading alone is more than it says. */
function asUnreadable(fault: StoreFault): StoreFault {
  return isReadable(fault.state) ? { state: "unavailable", detail: fault.detail } : fault;
}
