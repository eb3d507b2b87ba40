import type { AuditEvent, NewAuditEvent } from "../audit-event.ts";
import {
  type AuditFilter,
  type AuditLog,
  type AuditQuery,
  AuditUnavailable,
  type Missed,
  type ReasonCount,
} from "../audit-log.ts";
import { silentAudit } from "./silent-audit.ts";

export interface MemoryAudit extends AuditLog {
  /** Rows as they are kept. */
  rows: AuditEvent[];
  /** Done before each query is answered. */
  beforeQuery?: (query: AuditQuery) => void;
  /** What `reasons` answers. */
  reasonCounts: ReasonCount[];
  unavailable: boolean;
  subscriptions(): number;
}

/**
 * An audit in memory for tests of what reads it: refusals of the same device for the same reason fold, a reader has
 * room for `room` events that wait.
 */
export function createMemoryAudit(nowMs: () => number, room = 1000): MemoryAudit {
  let lastId = 0;
  const readers = new Set<{ filter: AuditFilter; push(event: AuditEvent): void }>();
  const audit: MemoryAudit = {
    ...silentAudit,
    rows: [],
    reasonCounts: [],
    unavailable: false,
    subscriptions: () => readers.size,
    record({ at = nowMs(), token, ...event }: NewAuditEvent) {
      const id = ++lastId;
      const told: AuditEvent = { ...event, id, firstAt: at, lastAt: at, count: 1, ...(token && { token }) };
      const key = foldKey(told);
      const row = told.result === "deny" ? audit.rows.find((each) => foldKey(each) === key) : undefined;
      if (row) Object.assign(row, { ...told, id: row.id, firstAt: row.firstAt, count: row.count + 1 });
      else audit.rows.push({ ...told });
      for (const reader of readers) if (fits(reader.filter, told)) reader.push(told);
    },
    query(query) {
      audit.beforeQuery?.(query);
      if (audit.unavailable) return Promise.reject(new AuditUnavailable("the audit is being opened"));
      const { from = 0, until = Infinity, after, limit = 100 } = query;
      const all = audit.rows
        .filter((row) => fits(query, row) && row.lastAt >= from && row.lastAt < until)
        .sort((one, other) => other.lastAt - one.lastAt || other.id - one.id);
      const [time = Infinity, id = Infinity] = after?.split(":").map(Number) ?? [];
      const rest = all.filter((row) => row.lastAt < time || (row.lastAt === time && row.id < id));
      const events = rest.slice(0, limit).map((row) => structuredClone(row));
      const last = events.at(-1);
      return Promise.resolve({ events, ...(rest.length > limit && last && { next: `${last.lastAt}:${last.id}` }) });
    },
    reasons: () => Promise.resolve(audit.reasonCounts),
    follow(filter) {
      const waiting: AuditEvent[] = [];
      let missed = 0;
      let closed = false;
      let wake = () => {};
      const reader = {
        filter,
        push(event: AuditEvent) {
          if (waiting.length >= room) missed++;
          else waiting.push(event);
          wake();
        },
      };
      readers.add(reader);
      return {
        close() {
          closed = true;
          readers.delete(reader);
          wake();
        },
        async *[Symbol.asyncIterator](): AsyncGenerator<AuditEvent | Missed> {
          while (!closed) {
            const next = waiting.shift();
            if (next) yield next;
            else if (missed > 0) {
              const told = { missed };
              missed = 0;
              yield told;
            } else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        },
      };
    },
  };
  return audit;
}

function foldKey({ type, deviceId, clientId, reason, result, broker }: AuditEvent): string {
  return JSON.stringify([type, deviceId, clientId, reason, result, broker]);
}

function fits(filter: AuditFilter, event: AuditEvent): boolean {
  const { types, deviceId, clientId, broker, result, reason } = filter;
  if (types !== undefined && !types.includes(event.type)) return false;
  const wanted = { deviceId, clientId, broker, result, reason };
  return Object.entries(wanted).every(([name, value]) => value === undefined || event[name as "reason"] === value);
}
