import type { Database } from "better-sqlite3";
import type { AuditPage, AuditQuery } from "../audit-log.ts";
import { formatPosition, type PagePosition, parsePosition } from "../page-position.ts";
import { type EventRow, eventOfRow } from "./event-row.ts";
import { type EventSource, sourcesOf } from "./event-sources.ts";

/** Rows that are looked at for one page, where no index leads to those that fit. */
const mostScanned = 10_000;

/** A time at which no event is. */
const nowhere = Number.MIN_SAFE_INTEGER;

interface SourcePage {
  rows: EventRow[];
  /** Where the source was left, if it may hold more. */
  end?: PagePosition;
}

/**
 * One page, newest first. Takes a bounded time: where few of the rows that an index leads to fit the filter, a page
 * may have fewer events than asked for, even none, and still a `next`.
 */
export function queryEvents(db: Database, query: AuditQuery & { limit: number }): AuditPage {
  const sources = sourcesOf(query);
  const pages = sources.map((source) => readSource(db, source, query, Math.floor(mostScanned / sources.length)));
  const ends = pages.flatMap(({ end }) => end ?? []).sort(newestFirst);
  const complete = ends[0]; // up to here every source was read
  const rows = pages
    .flatMap((page) => page.rows)
    .filter((row) => complete === undefined || newestFirst(positionOf(row), complete) <= 0)
    .sort((a, b) => newestFirst(positionOf(a), positionOf(b)));
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const next = last !== undefined && rows.length > shown.length ? positionOf(last) : complete;
  return { events: shown.map(eventOfRow), ...(next && { next: formatPosition(next) }) };
}

function readSource(
  db: Database,
  source: EventSource,
  query: AuditQuery & { limit: number },
  scan: number,
): SourcePage {
  const { from = Number.MIN_SAFE_INTEGER, until = Number.MAX_SAFE_INTEGER, limit } = query;
  const after = query.after === undefined ? undefined : parsePosition(query.after);
  const newest = Math.min(until - 1, after?.at ?? Number.MAX_SAFE_INTEGER);
  const among = `from events indexed by ${source.index}
    where ${[...source.where, "last_at <= ?", "last_at >= ?", "not (last_at = ? and id >= ?)"].join(" and ")}
    order by last_at desc, id desc limit ?`;
  const bound = [...source.values, newest, from, after?.at ?? nowhere, after?.id ?? 0];

  if (source.rest.length === 0) {
    const rows = db.prepare<unknown[], EventRow>(`select * ${among}`).all(...bound, limit + 1);
    return cut(rows, limit);
  }
  const rest = source.rest.map(({ sql }) => sql).join(" and ");
  const rows = db
    .prepare<unknown[], EventRow>(`select * from (select * ${among}) where ${rest} limit ?`)
    .all(...bound, scan, ...source.rest.flatMap(({ values }) => values), limit + 1);
  if (rows.length > limit) return cut(rows, limit);
  const end = db
    .prepare<unknown[], PagePosition>(`select last_at as at, id from (select last_at, id ${among}) limit 1 offset ?`)
    .get(...bound, scan, scan - 1);
  return { rows, ...(end && { end }) };
}

function cut(rows: EventRow[], limit: number): SourcePage {
  const last = rows[limit - 1];
  if (rows.length <= limit || last === undefined) return { rows };
  return { rows: rows.slice(0, limit), end: positionOf(last) };
}

function positionOf(row: EventRow): PagePosition {
  return { at: row.last_at, id: row.id };
}

function newestFirst(a: PagePosition, b: PagePosition): number {
  return b.at - a.at || b.id - a.id;
}
