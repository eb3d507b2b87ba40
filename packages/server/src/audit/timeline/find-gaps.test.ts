import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit-event.ts";
import { findGaps } from "./find-gaps.ts";

const minute = 60_000;
const hour = 60 * minute;

const event = (type: AuditEvent["type"], at: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: at,
  type,
  firstAt: at,
  lastAt: at,
  count: 1,
  ...more,
});
const refused = (firstAt: number, lastAt = firstAt, count = 1) =>
  event("connect", lastAt, { result: "deny", firstAt, count });

describe("findGaps", () => {
  it("finds a silence between two rows of refusals, and the one until now", () => {
    const events = [refused(0, hour, 61), refused(5 * hour, 6 * hour, 61)];
    expect(findGaps(events, 6 * hour + minute)).toEqual([{ from: hour, until: 5 * hour, usualMs: minute }]);
    expect(findGaps(events, 9 * hour)).toEqual([
      { from: hour, until: 5 * hour, usualMs: minute },
      { from: 6 * hour, until: 9 * hour, usualMs: minute },
    ]);
  });

  it("not while it is connected, and after that again", () => {
    const attempts = refused(0, 10 * minute, 11);
    const connected = event("connected", 11 * minute);
    expect(findGaps([attempts, connected], 48 * hour)).toEqual([]);
    const disconnected = event("disconnected", 20 * hour, { reason: "connection_lost" });
    expect(findGaps([attempts, connected, disconnected], 48 * hour)).toEqual([
      { from: 20 * hour, until: 48 * hour, usualMs: minute },
    ]);
  });

  it("not when it is always like that, nor when it is short", () => {
    const daily = [0, 24, 48, 72].map((at) => refused(at * hour));
    expect(findGaps(daily, 90 * hour)).toEqual([]);
    expect(findGaps([refused(0, minute, 61)], 50 * minute)).toEqual([]);
    expect(findGaps([refused(0, minute, 61)], 62 * minute)).toHaveLength(1);
  });

  it("not before anything is usual, and not for what others do", () => {
    expect(findGaps([refused(0), refused(minute)], 48 * hour)).toEqual([]);
    expect(findGaps([], 48 * hour)).toEqual([]);
    const events = [refused(0, hour, 61), event("change", 3 * hour)];
    expect(findGaps(events, 4 * hour)).toEqual([{ from: hour, until: 4 * hour, usualMs: minute }]);
  });
});
