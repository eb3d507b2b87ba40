import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openTestFile, type TestFile } from "../testing/open-test-file.ts";
import type { AuditLimits } from "./audit-messages.ts";
import { queryEvents } from "./query-events.ts";
import { prepareTrimAudit, type TrimStep } from "./trim-audit.ts";

const no: AuditLimits = { keepFor: 1e9, maxRows: 1e9, maxBytes: 1e12 };
const hour = 3_600_000;

function trimAll({ open, writer }: TestFile, limits: AuditLimits, now: number): TrimStep[] {
  const trimmer = prepareTrimAudit(open, limits);
  const steps: TrimStep[] = [];
  for (;;) {
    const step = trimmer.next(writer.progress.rows, now);
    if (step === undefined) return steps;
    expect(steps.push(step)).toBeLessThan(5000);
    writer.inTransaction(
      () => undefined,
      () => {
        writer.progress.rows -= trimmer.trim(step, now);
      },
    );
  }
}

function fill(file: TestFile, rows: number, everyMs: number): void {
  const detail = "x".repeat(800);
  const reason = "bad_password";
  for (let from = 0; from < rows; from += 500)
    file.write(
      Array.from({ length: Math.min(500, rows - from) }, (_, n) => ({
        id: from + n + 1,
        event: { type: "connect", result: "deny", reason, deviceId: `device-${n}`, detail },
        at: (from + n) * everyMs,
      })),
    );
}

const idsOf = ({ open }: TestFile) => queryEvents(open.db, { limit: 1000 }).events.map(({ id }) => id);

describe("what is kept", () => {
  it("is the newest of so many rows, some at a time", async () => {
    const file = await openTestFile();
    fill(file, 1000, 1);
    expect(trimAll(file, { ...no, maxRows: 350 }, 1000).filter((step) => step === "delete events")).toHaveLength(7);
    expect(idsOf(file)).toEqual(Array.from({ length: 300 }, (_, n) => 1000 - n));
    expect(file.writer.progress.rows).toBe(300);
    expect(file.open.db.prepare("select count(*) from events").pluck().get()).toBe(300);
    expect(trimAll(file, { ...no, maxRows: 300 }, 1000)).toEqual([]);
  });

  it("is not older than it may be, counts neither", async () => {
    const file = await openTestFile();
    fill(file, 1000, hour / 10); // a hundred hours
    const limits = { ...no, keepFor: (50 * hour) / 1000 };
    trimAll(file, limits, 100 * hour);
    const oldest = file.open.db.prepare("select min(last_at) from events").pluck().get() as number;
    expect(oldest).toBeGreaterThanOrEqual(50 * hour);
    expect(oldest).toBeLessThanOrEqual(60 * hour);
    expect(file.open.db.prepare("select min(hour) from hourly").pluck().get()).toBe(50);
    trimAll(file, limits, 1000 * hour);
    expect(idsOf(file)).toEqual([]);
    expect(file.open.db.prepare("select count(*) from hourly").pluck().get()).toBe(0);
  });

  it("is a row that still happens, however long ago it began", async () => {
    const file = await openTestFile();
    const entry = (at: number) => ({ id: 1, event: { type: "guard" as const }, at, fold: { key: "k", forMs: 1e9 } });
    file.write([entry(1)]);
    file.write([entry(100 * hour)]);
    trimAll(file, { ...no, keepFor: (50 * hour) / 1000 }, 100 * hour);
    expect(idsOf(file)).toEqual([1]);
  });

  it("takes no more room on the disk than it may: the file gets smaller", async () => {
    const file = await openTestFile();
    fill(file, 15_000, 1);
    file.open.db.pragma("wal_checkpoint(TRUNCATE)");
    const before = statSync(file.open.path).size;
    const maxBytes = Math.floor(before / 2);
    const steps = trimAll(file, { ...no, maxBytes }, 15_000);
    expect(new Set(steps)).toEqual(new Set(["delete events", "give back pages"]));
    file.open.db.pragma("wal_checkpoint(TRUNCATE)");
    const after = statSync(file.open.path).size;
    expect(after).toBeLessThanOrEqual(maxBytes);
    expect(after).toBeGreaterThan(maxBytes / 3); // no more is given up than needed
    expect(file.open.db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(idsOf(file)[0]).toBe(15_000);
    const { bytes } = prepareTrimAudit(file.open, no).size(5);
    expect(bytes).toBe(after);
  });
});
