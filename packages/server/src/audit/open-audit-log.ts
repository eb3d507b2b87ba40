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
  /** Longest time an event waits for others like it, in milliseconds. */
  flushMs: number;
  /** Entries that wait to be written, at most. */
  longestQueue: number;
  /** New rows per second, at most; what is more is summed up. */
  rowsPerSecond: number;
  /** Time between two looks at the file, in milliseconds. */
  watchMs: number;
  /** Longest wait for a lock that another process holds, in milliseconds. */
  busyTimeoutMs: number;
  /** Further PRAGMA statements, e.g. `max_page_count = 5000`. */
  pragmas: readonly string[];
}

const defaults: AuditTuning = {
  flushMs: 250,
  longestQueue: 10_000,
  rowsPerSecond: 2000,
  watchMs: 1000,
  busyTimeoutMs: 500,
  pragmas: [],
};

/** The audit in a file. Opened, by a thread of its own, when something is recorded or asked for the first time. */
export function openAuditLog({ tuning, isKnown = () => false, ...options }: AuditLogOptions): AuditLog {
  return new QueuedAuditLog({ ...options, ...defaults, ...tuning, isKnown, writer: randomUUID() });
}
