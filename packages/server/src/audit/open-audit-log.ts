import { randomUUID } from "node:crypto";
import type { AuditLog } from "./audit-log.ts";
import { QueuedAuditLog } from "./queued-audit-log.ts";

export interface AuditLogOptions {
  file: string;
  /** Seconds an event is kept after the last time it happened. */
  keepFor: number;
  maxRows: number;
  maxBytes: number;
  nowMs(): number;
  /** Told, in one sentence and seldom, of what an operator should look at. */
  onProblem(sentence: string): void;
  /** Whether a device of that id is registered: refusals of who says to be it get a line of their own. */
  isKnown?(deviceId: string): boolean;
  tuning?: Partial<AuditTuning>;
}

export interface AuditTuning {
  /**
   * Longest time an event waits for others to be written with, in milliseconds: what is lost when the process is killed,
   * but for rows that grow too fast, which may wait longer.
   */
  flushMs: number;
  /** Entries that wait to be written, at most. */
  longestQueue: number;
  /** New rows per second, at most, for refusals and again for all else; what is more is summed up. */
  rowsPerSecond: number;
  /** New rows beyond that after a quiet time: a restart of a fleet is listed, a storm that lasts is not. */
  rowsAtOnce: number;
  /** Rows that are there and grow, in the same way; what is more is written later, and grows meanwhile. */
  growthsPerSecond: number;
  growthsAtOnce: number;
  /** Time between two looks at the file, in milliseconds. */
  watchMs: number;
  /** Longest wait for a lock that another process holds, in milliseconds. */
  busyTimeoutMs: number;
  /** Further PRAGMA statements, e.g. `max_page_count = 5000`. */
  pragmas: readonly string[];
}

/**
 * A row costs the audit's thread some 70 µs, as its index entries lie apart; 500 rows a second, twice, need more than an
 * hour to push out the five million that are kept by default.
 */
const defaults: AuditTuning = {
  flushMs: 500,
  longestQueue: 10_000,
  rowsPerSecond: 500,
  rowsAtOnce: 10_000,
  growthsPerSecond: 500,
  growthsAtOnce: 5000,
  watchMs: 1000,
  busyTimeoutMs: 500,
  pragmas: [],
};

/** The audit in a file. Opened, by a thread of its own, when something is recorded or asked for the first time. */
export function openAuditLog({ tuning, isKnown = () => false, ...options }: AuditLogOptions): AuditLog {
  return new QueuedAuditLog({ ...options, ...defaults, ...tuning, isKnown, writer: randomUUID() });
}
