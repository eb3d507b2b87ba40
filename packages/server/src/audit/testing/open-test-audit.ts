import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AuditEvent } from "../audit-event.ts";
import type { AuditLog, AuditQuery } from "../audit-log.ts";
import { type AuditLogOptions, openAuditLog } from "../open-audit-log.ts";

export interface TestAudit {
  audit: AuditLog;
  file: string;
  /** Sentences for the operator so far. */
  problems: string[];
  /** Set it to move the time; Unix milliseconds. */
  clock: { now: number };
  /** Everything that fits, newest first. */
  all(query?: AuditQuery): Promise<AuditEvent[]>;
}

/** Start of the clock of a test. */
export const testTime = Date.UTC(2026, 10, 3, 12, 0, 0);

/** A real audit in a file of its own, with a clock that stands; closed and taken away with the test. */
export function openTestAudit(options: Partial<AuditLogOptions> = {}): TestAudit {
  const file = options.file ?? join(newFolder(), "audit.db");
  const clock = { now: testTime };
  const problems: string[] = [];
  const audit = openAuditLog({
    file,
    keepFor: 30 * 86_400,
    maxRows: 1_000_000,
    maxBytes: 1_000_000_000,
    nowMs: () => clock.now,
    onProblem: (sentence) => problems.push(sentence),
    ...options,
    tuning: { flushMs: 5, watchMs: 30, busyTimeoutMs: 30, ...options.tuning },
  });
  onTestFinished(() => audit.close());
  return { audit, file, problems, clock, all: (query) => allEvents(audit, query) };
}

/** Page by page. */
export async function allEvents(audit: AuditLog, query: AuditQuery = {}): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let after = query.after;
  do {
    const page = await audit.query({ limit: 1000, ...query, ...(after !== undefined && { after }) });
    events.push(...page.events);
    after = page.next;
  } while (after !== undefined);
  return events;
}

/** Taken away with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "connack-audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
