import type { AuditEvent } from "./audit-event.ts";
import type { AuditFilter, AuditLog, AuditPage, AuditQuery, AuditSubscription, Missed } from "./audit-log.ts";
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
    const past = oldestFirst(audit, { ...filter, from: since, until: moment + 1 }, signal);
    const first = await past.next();
    return replaying(audit, { filter, moment, past: withFirst(first, past), subscription, signal });
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
  past: AsyncGenerator<AuditEvent, void, undefined>;
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
    for await (const row of past) {
      if (given.has(row.id)) continue;
      remember(given, row.id);
      if (row.lastAt >= moment) overlapping.push(row);
      yield row;
    }
    // Rows that began before and have grown since: what they were at the moment is nowhere else.
    for await (const row of oldestFirst(audit, { ...filter, from: moment + 1 }, signal)) {
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

async function* withFirst<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/**
 * The audit answers newest first, a page at a time. A time with more than one page is halved, and its earlier half read
 * first: so the first event is there after a few pages, however much is kept, and one page is held at a time. What grows
 * meanwhile goes to a later time, and is found there where that is part of what is asked for.
 */
async function* oldestFirst(
  audit: Pick<AuditLog, "query">,
  { from: begin, until: end, ...filter }: AuditFilter & { from: number; until?: number },
  signal: AbortSignal,
): AsyncGenerator<AuditEvent, void, undefined> {
  const ranges: [from: number, until: number | undefined][] = [[begin, end]];
  for (let range = ranges.pop(); range && !signal.aborted; range = ranges.pop()) {
    const [from, until] = range;
    const query = { ...filter, from, ...(until !== undefined && { until }), limit: pageSize };
    const { events, next } = await audit.query(query);
    const after = until ?? (events[0]?.lastAt ?? from) + 1;
    if (next === undefined) yield* events.toReversed();
    else if (until === undefined) ranges.push([after, undefined], [from, after]);
    else if (after - from > 1) {
      const middle = from + Math.floor((after - from) / 2);
      ranges.push([middle, after], [from, middle]);
    } else yield* (await restOf(audit, query, { events, next })).toReversed();
  }
}

/** All of one millisecond: the audit keeps no more than some thousand rows in a second. */
async function restOf(audit: Pick<AuditLog, "query">, query: AuditQuery, first: AuditPage): Promise<AuditEvent[]> {
  const all = [...first.events];
  for (let { next } = first; next !== undefined; ) {
    const page = await audit.query({ ...query, after: next });
    all.push(...page.events);
    next = page.next;
  }
  return all;
}
