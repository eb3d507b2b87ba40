import type { PackedEntry } from "../packed-entry.ts";
import { type AuditFault, auditFault } from "./audit-fault.ts";
import type { OpenAudit } from "./audit-file.ts";
import { type AuditTally, type AuditWrites, prepareAuditWrites } from "./audit-writes.ts";

export interface EntryBatch {
  batch: number;
  count: number;
  now: number;
  /** JSON of `PackedEntry[]`. */
  entries: string;
}

/** How far the file has come, read at its opening. */
export interface Progress extends AuditTally {
  batch: number;
  lastNow: number;
}

/** Writes batches into one open file; each batch once, however often it is sent. */
export class EntryWriter {
  readonly progress: Progress;
  readonly #audit: OpenAudit;
  readonly #writes: AuditWrites;
  readonly #saveProgress;

  constructor(audit: OpenAudit, writer: string) {
    this.#audit = audit;
    const row = audit.db.prepare("select * from progress").get() as Record<string, unknown>;
    this.progress = {
      batch: row["writer"] === writer ? Number(row["batch"]) : 0,
      lastId: Number(row["last_id"]),
      lastNow: Number(row["last_now"]),
      rows: Number(row["rows"]),
    };
    this.#writes = prepareAuditWrites(audit.db, this.progress);
    const save = audit.db.prepare("update progress set writer = ?, batch = ?, last_id = ?, last_now = ?, rows = ?");
    this.#saveProgress = ({ batch, lastId, lastNow, rows }: Progress) =>
      void save.run(writer, batch, lastId, lastNow, rows);
  }

  /**
   * All batches in one transaction. A fault of the file leaves everything as it was; an entry that cannot be written
   * for another reason is left out and counted.
   */
  write(batches: readonly EntryBatch[], beforeCommit: () => AuditFault | undefined): { lost: number } | AuditFault {
    return this.inTransaction(beforeCommit, () => {
      let lost = 0;
      for (const { batch, now, count, entries } of batches) {
        if (batch <= this.progress.batch) continue; // was written before the thread died
        lost += this.#writeBatch(entries, count, now);
        this.progress.batch = batch;
        this.progress.lastNow = now;
      }
      this.#writes.settle();
      return { lost };
    });
  }

  /** Runs `work`, which may change `progress`, and saves that with it. */
  inTransaction<Value>(beforeCommit: () => AuditFault | undefined, work: () => Value): Value | AuditFault {
    const { db } = this.#audit;
    const before = { ...this.progress };
    let done = false;
    try {
      db.exec("begin immediate");
      const value = work();
      this.#saveProgress(this.progress);
      const fault = beforeCommit();
      if (fault !== undefined) return fault;
      db.exec("commit");
      done = true;
      return value;
    } catch (error) {
      const fault = auditFault(error);
      if (fault === undefined) throw error;
      return fault;
    } finally {
      if (!done) {
        if (db.inTransaction) db.exec("rollback");
        Object.assign(this.progress, before);
        this.#writes.discard();
      }
    }
  }

  #writeBatch(entries: string, count: number, now: number): number {
    const parsed = JSON.parse(entries) as PackedEntry[];
    let lost = count - parsed.length;
    for (const entry of parsed) {
      try {
        this.#writes.write(entry, now);
      } catch (error) {
        if (auditFault(error) !== undefined) throw error;
        lost++; // a single statement that fails takes only itself back
      }
    }
    return lost;
  }
}
