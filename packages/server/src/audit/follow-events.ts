import type { AuditEvent } from "./audit-event.ts";
import type { AuditFilter, AuditLog, AuditSubscription, Missed } from "./audit-log.ts";
import { isPartOf } from "./is-part-of.ts";

export interface FollowOptions {
  filter: AuditFilter;
  /** Unix milliseconds: events since then come first, oldest first, those that were folded as one. */
  since?: number;
  nowMs(): number;
  /** Ends it, also while it waits. */
  signal: AbortSignal;
}

const pageSize = 1000;
/** So many ids of rows that were given are kept, the latest: an older row that grows during the replay comes twice. */
const mostRemembered = 100_000;

/**
 * What happened since a time, and then what happens, without a gap and with nothing twice. Nothing is read ahead: of
 * what comes faster than it is taken, the newest 1000 or so wait, the rest is told as missed.
 * @throws AuditUnavailable where the past is asked for and cannot be read
 */
export async function followEvents(
  audit: Pick<AuditLog, "query" | "follow" | "flush">,
  { filter, since, nowMs, signal }: FollowOptions,
): Promise<AsyncGenerator<AuditEvent | Missed, void, undefined>> {
  const subscription = audit.follow(filter);
  const close = () => subscription.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  if (since === undefined) return following(subscription);
  try {
    // Whatever was recorded before the subscription has this time at most, and what the subscription tells, at least.
    const moment = nowMs();
    await audit.flush();
    const past = await findPages(audit, { ...filter, from: since, until: moment + 1 }, signal);
    return replaying(audit, { filter, moment, past, subscription, signal });
  } catch (error) {
    close();
    throw error;
  }
}

async function* following(subscription: AuditSubscription): AsyncGenerator<AuditEvent | Missed, void, undefined> {
  try {
    yield* subscription;
  } finally {
    subscription.close();
  }
}

interface Replay {
  filter: AuditFilter;
  moment: number;
  past: Pages;
  subscription: AuditSubscription;
  signal: AbortSignal;
}

async function* replaying(
  audit: Pick<AuditLog, "query">,
  { filter, moment, past, subscription, signal }: Replay,
): AsyncGenerator<AuditEvent | Missed, void, undefined> {
  try {
    const given = new Set<number>();
    const overlapping: AuditEvent[] = [];
    for await (const row of past.oldestFirst()) {
      if (given.has(row.id)) continue;
      remember(given, row.id);
      if (row.lastAt >= moment) overlapping.push(row);
      yield row;
    }
    // Rows that began before and have grown since: what they were at the moment is nowhere else.
    const grown = await findPages(audit, { ...filter, from: moment + 1 }, signal);
    for await (const row of grown.oldestFirst()) {
      if (row.firstAt > moment || given.has(row.id)) continue;
      remember(given, row.id);
      overlapping.push(row);
      yield row;
    }
    given.clear();
    const until = overlapping.reduce((latest, { lastAt }) => Math.max(latest, lastAt), 0);
    for await (const each of subscription) {
      const isGiven = !("missed" in each) && each.lastAt <= until && overlapping.some((row) => isPartOf(row, each));
      if (!isGiven) yield each;
    }
  } finally {
    subscription.close();
  }
}

function remember(given: Set<number>, id: number): void {
  given.add(id);
  if (given.size > mostRemembered) given.delete(given.values().next().value as number);
}

interface Pages {
  oldestFirst(): AsyncGenerator<AuditEvent, void, undefined>;
}

/**
 * The audit answers newest first: walks back to the oldest page, and keeps that and the newest, of the others only
 * where they begin. Until those are read again rows may have grown and gone, and others moved up: an id may come twice.
 */
async function findPages(
  audit: Pick<AuditLog, "query">,
  query: AuditFilter & { from: number; until?: number },
  signal: AbortSignal,
): Promise<Pages> {
  const read = (after: string) => audit.query({ ...query, limit: pageSize, after });
  const newest = await audit.query({ ...query, limit: pageSize });
  const starts: string[] = [];
  let oldest = newest;
  while (oldest.next !== undefined && !signal.aborted) {
    starts.push(oldest.next);
    oldest = await read(oldest.next);
  }
  return {
    async *oldestFirst() {
      yield* oldest.events.toReversed();
      for (const start of starts.slice(0, -1).toReversed()) {
        if (signal.aborted) return;
        yield* (await read(start)).events.toReversed();
      }
      if (oldest !== newest) yield* newest.events.toReversed();
    },
  };
}
