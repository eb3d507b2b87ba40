import { statSync } from "node:fs";
import type { OpenAudit } from "./audit-file.ts";
import type { AuditLimits, AuditSize } from "./audit-messages.ts";
import { hourMs } from "./hourly-counts.ts";

/** Rows that are deleted, and pages that are given back, in one turn: a few milliseconds. */
const rowsAtOnce = 100;
const pagesAtOnce = 64;
/** Room for the write-ahead log, which counts as well. */
const logBytes = 4 * 1_048_576;

export type TrimStep = "delete events" | "delete counts" | "give back pages";

export interface AuditTrimmer {
  size(rows: number): AuditSize;
  /** What is to be done next, if anything. */
  next(rows: number, now: number): TrimStep | undefined;
  /** Does a part of it, within a transaction; says how many events were deleted. */
  trim(step: TrimStep, now: number): number;
}

/** `limits` are read each time: they may change. */
export function prepareTrimAudit({ db, path }: OpenAudit, limits: AuditLimits): AuditTrimmer {
  const pageSize = db.pragma("page_size", { simple: true }) as number;
  const oldest = db.prepare("select last_at from events order by last_at limit 1").pluck();
  const deleteOldest = db.prepare(
    `delete from events where id in (select id from events indexed by events_by_time order by last_at limit ${rowsAtOnce})`,
  );
  const deleteCounts = db.prepare(
    `delete from hourly where hour in (select hour from hourly where hour < ? order by hour limit 1)`,
  );
  const oldCounts = db.prepare("select 1 from hourly where hour < ? limit 1").pluck();
  const mostBytes = () => limits.maxBytes - Math.min(logBytes, limits.maxBytes / 4);

  const pages = () => db.pragma("page_count", { simple: true }) as number;
  const free = () => db.pragma("freelist_count", { simple: true }) as number;
  const horizon = (now: number) => now - limits.keepFor * 1000;
  const lastHour = (now: number) => Math.floor(horizon(now) / hourMs);

  return {
    size: (rows) => ({
      rows,
      bytes: pages() * pageSize + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0),
    }),
    next(rows, now) {
      const all = pages();
      const unused = free();
      const most = mostBytes();
      const first = oldest.get() as number | undefined;
      if (rows > limits.maxRows || (first !== undefined && first < horizon(now))) return "delete events";
      if (first !== undefined && (all - unused) * pageSize > most) return "delete events";
      if (oldCounts.get(lastHour(now)) !== undefined) return "delete counts";
      // some room is left to new rows: giving back and taking again costs more than it gains
      if (unused > pagesAtOnce && (all * pageSize > most || unused > Math.max(1024, all / 8))) return "give back pages";
      return undefined;
    },
    trim(step, now) {
      if (step === "delete events") return deleteOldest.run().changes;
      if (step === "delete counts") deleteCounts.run(lastHour(now));
      else db.pragma(`incremental_vacuum(${pagesAtOnce})`);
      return 0;
    },
  };
}
