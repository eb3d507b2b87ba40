import { expect, it } from "vitest";
import type { AuditHealth } from "./audit-log.ts";
import { createAuditWarnings } from "./audit-warnings.ts";

let now = Date.UTC(2026, 0, 2);
const warnings = () => createAuditWarnings(() => now);
const health = (more: Partial<AuditHealth>): AuditHealth => {
  return { state: "ready", since: now, detail: "", queued: 0, dropped: 0, ...more };
};

it("tells nothing of an audit that is well, or is just being opened", () => {
  const { of } = warnings();
  expect(of(health({ queued: 3, dropped: 2 }))).toEqual([]);
  expect(of(health({ state: "starting", since: now - 59_999, detail: "It is being opened." }))).toEqual([]);
});

it("tells of one that cannot be written, and of one that does not open", () => {
  const { of } = warnings();
  expect(of(health({ state: "full", detail: "The disk is full.", queued: 7, dropped: 2 }))).toEqual([
    "audit full: The disk is full. Devices are decided all the same; " +
      "events waiting to be written: 7, not kept one by one: 2.",
  ]);
  expect(of(health({ state: "starting", since: now - 60_000 }))).toHaveLength(1);
});

it("tells for an hour that the file was taken away or set aside", () => {
  for (const sentence of [
    "The audit cannot be used just now. (the file was taken away, replaced or emptied; opening anew)",
    "The audit file was damaged (SQLITE_CORRUPT). It was moved to /data/audit.db.corrupt, and a new one was begun.",
  ]) {
    const { note, of } = warnings();
    note("The disk of the audit is full. Free some space.");
    expect(of(health({}))).toEqual([]);
    note(sentence);
    const at = new Date(now).toISOString();
    now += 3_599_999;
    expect(of(health({}))).toEqual([expect.stringContaining(at)]);
    now += 1;
    expect(of(health({}))).toEqual([]);
  }
});
