import type { AuditEvent } from "../audit-event.ts";

/** A time in which nothing was heard of a device, though it should have been. Unix milliseconds. */
export interface Gap {
  from: number;
  until: number;
  /** What is usual: the median of the times between two signs of life, in milliseconds. */
  usualMs: number;
}

/** How much longer than usual, and how long at least, a silence has to be. */
const factor = 10;
const leastMs = 3_600_000;
/** Fewer intervals than this make nothing usual. */
const leastIntervals = 3;

/**
 * Silences of a device that has no connection: a device that is connected may be silent. `events` in the order of
 * `lastAt`; of a row that stands for many times, they are taken as evenly apart.
 */
export function findGaps(events: readonly AuditEvent[], nowMs: number): Gap[] {
  const heard = events.filter(isSignOfLife);
  const intervals: { length: number; times: number }[] = [];
  const silences: { from: number; until: number }[] = [];
  let end: number | undefined;
  let mayBeSilent = false;
  for (const { event, from } of heard.map((each) => ({ event: each, from: each.firstAt }))) {
    if (event.count > 1) intervals.push({ length: (event.lastAt - from) / (event.count - 1), times: event.count - 1 });
    if (end !== undefined && from > end && !mayBeSilent) {
      intervals.push({ length: from - end, times: 1 });
      silences.push({ from: end, until: from });
    }
    if (end === undefined || event.lastAt >= end) {
      end = event.lastAt;
      mayBeSilent = isConnecting(event);
    }
  }
  if (end !== undefined && !mayBeSilent && nowMs > end) silences.push({ from: end, until: nowMs });
  const usualMs = median(intervals);
  if (usualMs === undefined) return [];
  const least = Math.max(leastMs, factor * usualMs);
  return silences.filter(({ from, until }) => until - from > least).map((silence) => ({ ...silence, usualMs }));
}

/** What the device itself does, or somebody who says to be it. */
function isSignOfLife({ type }: AuditEvent): boolean {
  return type !== "change" && type !== "service" && type !== "guard";
}

function isConnecting({ type, result }: AuditEvent): boolean {
  return type === "connected" || result === "allow" || type === "publish_denied" || type === "subscribe_denied";
}

function median(intervals: { length: number; times: number }[]): number | undefined {
  const total = intervals.reduce((sum, { times }) => sum + times, 0);
  if (total < leastIntervals) return undefined;
  let before = 0;
  for (const { length, times } of intervals.sort((one, other) => one.length - other.length)) {
    before += times;
    if (before * 2 >= total) return length;
  }
  return undefined;
}
