import type { AuditPage, AuditQuery, AuditState, ReasonCount } from "../audit-log.ts";
import type { AuditFault } from "./audit-fault.ts";
import type { AuditFileOptions } from "./audit-file.ts";

/** What the audit's thread is started with. */
export interface AuditSettings extends AuditFileOptions, AuditLimits {
  /** Names this process's run: batches of it are numbered, and none is written twice. */
  writer: string;
  /** Time between two looks at the file. */
  watchMs: number;
}

export interface AuditLimits {
  /** Seconds. */
  keepFor: number;
  maxRows: number;
  maxBytes: number;
}

/** `close`: write what waits, close and end. */
export type ToAudit = AuditWork | { type: "close" };

export type AuditWork =
  /**
   * `entries`: JSON of an array of `PackedEntry`, which crosses threads cheaper than an array. `more`: another batch
   * follows at once, to be written in the same transaction.
   */
  | { type: "entries"; batch: number; count: number; now: number; entries: string; more: boolean }
  | { type: "query"; request: number; query: AuditQuery & { limit: number } }
  | { type: "reasons"; request: number; from: number; until: number }
  | { type: "limits"; limits: AuditLimits }
  /** What time it is; sent now and then while nothing is recorded. */
  | { type: "now"; now: number };

export type FromAudit = AuditReport | WrittenReport | CorruptReport | RequestResult;

/** How the audit is now. */
export interface AuditReport extends AuditSize {
  type: "state";
  state: AuditState;
  detail: string;
  /** Highest id used so far. */
  lastId: number;
  /** Clock of the last writer, Unix milliseconds; 0 when nothing was written yet. */
  lastNow: number;
}

export interface AuditSize {
  rows: number;
  bytes: number;
}

/** Batches up to this one need not be sent again. */
export interface WrittenReport extends AuditSize {
  type: "written";
  batch: number;
  /** Entries that could not be written, though the audit could. */
  lost: number;
}

/** A damaged file was moved aside. */
export interface CorruptReport {
  type: "corrupt";
  movedTo: string;
  cause: string;
}

export type RequestResult =
  | { type: "page"; request: number; page: AuditPage }
  | { type: "reasons"; request: number; reasons: ReasonCount[] }
  | { type: "failed"; request: number; fault: AuditFault };
