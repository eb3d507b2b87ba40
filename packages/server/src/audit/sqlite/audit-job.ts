import { type AuditFault, auditFault, auditFaultOf } from "./audit-fault.ts";
import type { OpenAudit } from "./audit-file.ts";
import type { AuditKeeper, KeeperListener } from "./audit-keeper.ts";
import type { AuditSettings, AuditSize, AuditWork, FromAudit } from "./audit-messages.ts";
import { countReasons } from "./count-reasons.ts";
import { queryEvents } from "./query-events.ts";
import { type AuditTrimmer, prepareTrimAudit } from "./trim-audit.ts";
import { type EntryBatch, EntryWriter } from "./write-entries.ts";

type Request = Extract<AuditWork, { type: "query" | "reasons" }>;

/** What is open at one time. */
interface Parts {
  audit: OpenAudit;
  writer: EntryWriter;
  trimmer: AuditTrimmer;
}

/** What the audit's thread does with an open file: writes, answers, trims; and waits while there is none. */
export class AuditJob implements KeeperListener {
  readonly #settings: AuditSettings;
  readonly #post: (message: FromAudit) => void;
  /** Few: the main thread sends no more before these are written. */
  readonly #batches: EntryBatch[] = [];
  readonly #requests: Request[] = [];
  #keeper: AuditKeeper | undefined;
  #parts: Parts | undefined;
  #size: AuditSize = { rows: 0, bytes: 0 };
  #clock: { now: number; heardAt: number } | undefined;
  #trimming = false;
  #writing = false;

  constructor(settings: AuditSettings, post: (message: FromAudit) => void) {
    this.#settings = settings;
    this.#post = post;
  }

  keptBy(keeper: AuditKeeper): void {
    this.#keeper = keeper;
  }

  receive(message: AuditWork): void {
    switch (message.type) {
      case "now":
        this.#hearNow(message.now);
        break;
      case "entries":
        this.#hearNow(message.now);
        this.#batches.push(message);
        if (!message.more) this.#writeSoon();
        break;
      case "limits":
        Object.assign(this.#settings, message.limits);
        this.#trimSoon();
        break;
      case "query":
      case "reasons":
        this.#requests.push(message);
        if (this.#keeper?.fault?.state !== "starting") this.#answer();
        break;
    }
  }

  opened(audit: OpenAudit): void {
    const writer = new EntryWriter(audit, this.#settings.writer);
    this.#parts = { audit, writer, trimmer: prepareTrimAudit(audit, this.#settings) };
    this.#measure(this.#parts);
  }

  closed(): void {
    this.#parts = undefined;
  }

  changed(fault: AuditFault | undefined): void {
    const { lastId = 0, lastNow = 0 } = this.#parts?.writer.progress ?? {};
    const { state, detail } = fault ?? { state: "ready" as const, detail: "" };
    this.#post({ type: "state", state, detail, lastId, lastNow, ...this.#size });
    this.#answer();
    if (fault === undefined) this.#writeSoon();
  }

  movedAside(movedTo: string, cause: string): void {
    this.#post({ type: "corrupt", movedTo, cause });
  }

  /** Writes all that waits in one transaction. */
  write(): void {
    const parts = this.#parts;
    const keeper = this.#keeper;
    const last = this.#batches.at(-1);
    if (parts === undefined || keeper === undefined || keeper.fault !== undefined || last === undefined) return;
    const written = parts.writer.write(this.#batches, () => keeper.findMoved());
    if (!("lost" in written)) {
      keeper.failed(written); // the batches stay for the next time
      return;
    }
    this.#batches.length = 0;
    this.#measure(parts);
    this.#post({ type: "written", batch: last.batch, lost: written.lost, ...this.#size });
    this.#trimSoon();
  }

  tick(): void {
    this.write(); // what was to come after the last batch did not
    this.#trimSoon();
  }

  end(): void {
    this.#parts = undefined;
    this.#answer();
  }

  #writeSoon(): void {
    if (this.#writing) return;
    this.#writing = true;
    setImmediate(() => {
      this.#writing = false;
      this.write();
    });
  }

  #answer(): void {
    for (const request of this.#requests.splice(0)) this.#post(this.#answerOf(request));
  }

  #answerOf(message: Request): FromAudit {
    const { request } = message;
    const db = this.#parts?.audit.db;
    if (db === undefined)
      return { type: "failed", request, fault: this.#keeper?.fault ?? auditFaultOf("unavailable", "closed") };
    try {
      if (message.type === "query") return { type: "page", request, page: queryEvents(db, message.query) };
      return { type: "reasons", request, reasons: countReasons(db, message.from, message.until) };
    } catch (error) {
      const fault = auditFault(error);
      if (fault !== undefined) this.#keeper?.failed(fault);
      const name = error instanceof Error ? error.name : typeof error;
      return { type: "failed", request, fault: fault ?? auditFaultOf("unavailable", `the question failed: ${name}`) };
    }
  }

  /** One step in each turn, so that nothing waits long for it. */
  #trimSoon(): void {
    if (this.#trimming) return;
    this.#trimming = true;
    setImmediate(() => {
      this.#trimming = false;
      if (this.#trim()) this.#trimSoon();
    });
  }

  /** @returns whether there may be more to do */
  #trim(): boolean {
    const parts = this.#parts;
    const keeper = this.#keeper;
    if (parts === undefined || keeper === undefined || keeper.fault !== undefined) return false;
    const { writer, trimmer } = parts;
    const now = this.#now();
    const step = now === undefined ? undefined : trimmer.next(writer.progress.rows, now);
    if (step === undefined || now === undefined) return false;
    const fault = writer.inTransaction(
      () => keeper.findMoved(),
      () => {
        writer.progress.rows -= trimmer.trim(step, now);
        return undefined;
      },
    );
    if (fault !== undefined) keeper.failed(fault);
    else this.#measure(parts);
    return fault === undefined;
  }

  #measure({ trimmer, writer }: Parts): void {
    this.#size = trimmer.size(writer.progress.rows);
  }

  #hearNow(now: number): void {
    this.#clock = { now, heardAt: performance.now() };
  }

  /** The main thread's clock; unknown until it has told. */
  #now(): number | undefined {
    return this.#clock && this.#clock.now + Math.round(performance.now() - this.#clock.heardAt);
  }
}
