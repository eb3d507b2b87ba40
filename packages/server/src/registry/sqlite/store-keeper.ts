import { closeStoreFile, takeAwayLog } from "./close-store-file.ts";
import { createStoreFile } from "./create-store-file.ts";
import { NewerRegistry } from "./migrate.ts";
import { faultOf, type StoreFault, storeFault } from "./store-fault.ts";
import { type OpenStore, openStoreFile, proveWritable } from "./store-file.ts";
import { canOpenForWriting, fileVersion, findDamaged, findMoved } from "./watch-store-file.ts";
import type { StoreReport, WriterSettings } from "./writer-messages.ts";

/**
 * Keeps the registry file open, notices what happens to it, and opens it again when it is good again.
 *
 * ```
 *          open ──────────▶ ready ◀── proveWritable ──▶ locked | full | read-only     (file stays open)
 *           ▲                 │
 *           │ tick            │ moved, damaged, failing
 *           │                 ▼
 *        closed ◀──────── retiring: the reader is closed first, the writer last      missing | corrupt | unavailable
 * ```
 */
export class StoreKeeper {
  readonly #settings: WriterSettings;
  readonly #report: (report: StoreReport) => void;
  #store: OpenStore | undefined;
  #retiring: OpenStore | undefined;
  /** The last one that was closed. */
  #closed: OpenStore | undefined;
  #fault: StoreFault | undefined = faultOf("unavailable", "not open yet");
  #generation = 0;
  #opening = false;
  #openAtOnce = false;
  #ended = false;
  /** Damage was seen since the last opening: the next one checks the whole file. */
  #suspect = false;
  /** Version of the file that did not pass: it is not tried again until it changes. */
  #damaged: string | undefined;

  constructor(settings: WriterSettings, report: (report: StoreReport) => void) {
    this.#settings = settings;
    this.#report = report;
  }

  /** The open store, whatever its state; for reading. */
  get store(): OpenStore | undefined {
    return this.#store;
  }

  /** Why nothing can be written just now. */
  get fault(): StoreFault | undefined {
    return this.#fault;
  }

  async start(): Promise<void> {
    if (this.#settings.create && !(await this.#create())) return;
    await this.#open();
  }

  /** Looks at the file; called about every second. */
  tick(): void {
    if (this.#opening || this.#retiring) return;
    if (this.#store === undefined) {
      void this.#open();
      return;
    }
    const changed = findMoved(this.#store, this.#settings.file) ?? findDamaged(this.#store);
    if (changed !== undefined) this.#retire(changed);
    else if (this.#fault !== undefined) this.#tryToHeal(this.#store, this.#fault);
  }

  /** A fault that came up in the work. */
  failed(fault: StoreFault): void {
    if (this.#store !== undefined) this.#goOn(fault);
  }

  /** @param generation the opening that was asked to be closed */
  readerClosed(generation: number): void {
    const store = this.#retiring;
    if (store === undefined || generation !== this.#generation) return;
    this.#retiring = undefined;
    closeStoreFile(store, this.#settings.file);
    this.#closed = store;
    if (this.#openAtOnce) void this.#open();
  }

  close(): void {
    this.#ended = true;
    const store = this.#store ?? this.#retiring;
    this.#store = undefined;
    this.#retiring = undefined;
    if (store !== undefined) closeStoreFile(store, this.#settings.file);
  }

  async #create(): Promise<boolean> {
    this.#opening = true; // no tick meanwhile
    try {
      await createStoreFile(this.#settings.file);
      return true;
    } catch (error) {
      this.#tell({ state: "unavailable", detail: cannotMake(this.#settings.file, error) }, true);
      return false;
    } finally {
      this.#opening = false;
    }
  }

  async #open(): Promise<void> {
    const version = fileVersion(this.#settings.file); // read first: it may be replaced meanwhile
    if (this.#damaged === version) return;
    this.#opening = true;
    this.#openAtOnce = false;
    try {
      if (this.#closed !== undefined) takeAwayLog(this.#closed, this.#settings.file);
      const store = await openStoreFile(this.#settings, this.#suspect);
      this.#suspect = false;
      this.#damaged = undefined;
      if (this.#ended) {
        closeStoreFile(store, this.#settings.file);
        return;
      }
      this.#store = store;
      this.#generation++;
      this.#goOn(proveWritableOrFault(store));
    } catch (error) {
      const fault = openingFault(error);
      this.#tell(fault, error instanceof NewerRegistry);
      if (fault.state === "corrupt") this.#damaged = version;
    } finally {
      this.#opening = false;
    }
  }

  #tryToHeal(store: OpenStore, fault: StoreFault): void {
    if (fault.state === "read-only") {
      // SQLite decides at opening whether a file can be written
      if (canOpenForWriting(store.path)) this.#retire(fault, true);
      return;
    }
    this.#goOn(proveWritableOrFault(store));
  }

  #goOn(fault: StoreFault | undefined): void {
    if (fault === undefined || staysOpen(fault)) this.#tell(fault);
    else this.#retire(fault);
  }

  #retire(fault: StoreFault, openAtOnce = fault.state === "missing"): void {
    this.#retiring = this.#store;
    this.#store = undefined;
    this.#openAtOnce = openAtOnce;
    this.#tell(fault); // the reader is closed upon this, and we go on in readerClosed
  }

  #tell(fault: StoreFault | undefined, fatal = false): void {
    this.#fault = fault;
    if (fault?.state === "corrupt") this.#suspect = true;
    this.#report({
      type: "state",
      state: fault?.state ?? "ready",
      detail: fault?.detail ?? "",
      generation: this.#store && this.#generation,
      ...(this.#retiring && { closing: this.#generation }),
      ...(this.#store && { durability: this.#store.durability }),
      ...(fatal && { fatal }),
    });
  }
}

/** Faults that heal without opening the file anew, and that leave reading alone. */
function staysOpen(fault: StoreFault): boolean {
  return fault.state === "locked" || fault.state === "full" || fault.state === "read-only";
}

function proveWritableOrFault(store: OpenStore): StoreFault | undefined {
  try {
    proveWritable(store);
    return undefined;
  } catch (error) {
    const fault = storeFault(error);
    if (fault === undefined) throw error;
    return fault;
  } finally {
    if (store.db.inTransaction) store.db.exec("rollback");
  }
}

function cannotMake(file: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return `The registry ${file} cannot be made: ${code ?? (error instanceof Error ? error.message : typeof error)}.`;
}

function openingFault(error: unknown): StoreFault {
  if (error instanceof NewerRegistry) return { state: "unavailable", detail: error.message };
  return storeFault(error) ?? faultOf("unavailable", error instanceof Error ? error.name : typeof error);
}
