import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditType } from "../src/audit/audit-event.ts";
import type { AuditQuery } from "../src/audit/audit-log.ts";
import { openAuditLog } from "../src/audit/open-audit-log.ts";
import type { PackedEntry } from "../src/audit/packed-entry.ts";
import { type OpenAudit, openAuditFile } from "../src/audit/sqlite/audit-file.ts";
import { EntryWriter } from "../src/audit/sqlite/write-entries.ts";

/**
 * Times of questions to a large audit: a month of 100 000 devices, of which some are refused again and again. Also what
 * a row costs the audit's thread, and what an event costs the main thread.
 *
 * `audit-query.ts [rows]`
 */
const rows = Number(process.argv[2] ?? 5_000_000);
const devices = 100_000;
const month = 30 * 86_400_000;
const begin = Date.UTC(2026, 9, 1);
const reasons = ["bad_signature", "token_expired", "device_unknown", "client_id_in_use", "device_disabled"];

const base = mkdtempSync(join(tmpdir(), "connack-bench-"));
const file = join(base, "audit.db");
try {
  const audit = await openAuditFile({ file, busyTimeoutMs: 1000, pragmas: [] });
  build(audit);
  measureRows(audit);
  audit.db.close();
  process.stdout.write(`file ${(statSync(file).size / 1e6).toFixed(0)} MB\n\n`);
  await ask();
  await recordMany();
} finally {
  rmSync(base, { recursive: true, force: true });
}

/** Without the indexes that are read by, which are made afterwards: sooner done, and the same. */
function build(audit: OpenAudit): void {
  const writer = new EntryWriter(audit, "build");
  const start = performance.now();
  const indexes = audit.db
    .prepare("select name, sql from sqlite_schema where type = 'index' and sql is not null and name not like '%_open%'")
    .all() as { name: string; sql: string }[];
  for (const { name } of indexes) audit.db.exec(`drop index ${name}`);
  for (let done = 0; done < rows; done += 5000) write(writer, done / 5000 + 1, entriesFrom(done, 5000, entryOf));
  for (const { sql } of indexes) audit.db.exec(sql);
  process.stdout.write(`${rows} rows in ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}

/** What rows cost the audit's thread now, which writes some hundred in a transaction. */
function measureRows(audit: OpenAudit): void {
  const kinds: [string, (n: number) => PackedEntry][] = [
    ["new row", entryOf],
    ["row that may grow", (n) => refusalOf(n, ((n - rows) * 7919) % 20_000)],
    ["row that grows", (n) => refusalOf(n, ((n - rows) * 7919) % 20_000)],
  ];
  for (const [name, entry] of kinds) {
    const writer = new EntryWriter(audit, name);
    const begun = process.cpuUsage();
    for (let at = 0; at < 20_000; at += 500) write(writer, at / 500 + 1, entriesFrom(rows + at, 500, entry));
    const { user, system } = process.cpuUsage(begun);
    process.stdout.write(`${name}: ${((user + system) / 20_000).toFixed(1)} µs of CPU\n`);
  }
}

function entriesFrom(first: number, count: number, entry: (n: number) => PackedEntry): PackedEntry[] {
  return Array.from({ length: count }, (_, index) => entry(first + index));
}

function write(writer: EntryWriter, batch: number, entries: PackedEntry[]): void {
  const json = JSON.stringify(entries);
  const written = writer.write([{ batch, count: entries.length, now: begin + month, entries: json }], () => undefined);
  if (!("lost" in written) || written.lost > 0) throw new Error("not written");
}

function timeOf(n: number): number {
  return begin + Math.floor((n / rows) * month);
}

function deviceOf(n: number): number {
  return (n * 48_271 + 11) % devices;
}

function entryOf(n: number): PackedEntry {
  const kind = n % 100;
  if (kind < 5) return refusalOf(n, n % devices);
  if (kind < 45) return plain(n, "connect", "allow", null);
  if (kind < 70) return plain(n, "connected", null, null);
  if (kind < 98) return plain(n, "disconnected", null, kind < 90 ? "keepalive_timeout" : "tcp_closed");
  return plain(n, kind === 98 ? "publish_denied" : "change", null, kind === 98 ? "publish_denied" : "device enable");
}

function plain(n: number, type: AuditType, result: string | null, reason: string | null): PackedEntry {
  const at = timeOf(n);
  const device = deviceOf(n);
  return [
    ...[null, null, 0, begin * 1024 + n * 512, type, at, at, 1, "emqx", "tcp:default", `device-${device}`],
    ...[null, `client-${device}`, `10.${device % 200}.0.1`, "xiaozhi-hmac", "2026-01", result, reason],
    ...[null, null, null, 140, null, null, null, null, null],
  ] as unknown as PackedEntry;
}

function refusalOf(n: number, device: number): PackedEntry {
  const at = timeOf(n);
  const reason = reasons[device % reasons.length];
  return [
    ...[null, `refused ${device} ${Math.floor(at / 86_400_000)}`, 86_400_000, begin * 1024 + n * 512, "connect"],
    ...[at, at, 1, "emqx", "tcp:default", `device-${device}`, null, `client-${device}`, "10.0.0.1", "jwt", "2026-01"],
    ...["deny", reason, "The token expired 3 min ago.", null, null, 200, 1, 2, 3, 1, null],
  ] as unknown as PackedEntry;
}

async function ask(): Promise<void> {
  const log = openAuditLog({
    file,
    keepFor: 400 * 86_400,
    maxRows: 1e9,
    maxBytes: 1e12,
    nowMs: Date.now,
    onProblem: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const opened = performance.now();
  await log.query({ limit: 1 });
  process.stdout.write(`opened in ${(performance.now() - opened).toFixed(0)} ms\n`);
  const middle = begin + month / 2;
  const questions: Record<string, (n: number) => AuditQuery> = {
    "newest 100": () => ({}),
    "newest 1000": () => ({ limit: 1000 }),
    device: (n) => ({ deviceId: `device-${deviceOf(n)}` }),
    "device, of a day": (n) => ({ deviceId: `device-${deviceOf(n)}`, from: middle, until: middle + 86_400_000 }),
    "device, refused": (n) => ({ deviceId: `device-${n}`, result: "deny" }),
    "client id": (n) => ({ clientId: `client-${deviceOf(n)}` }),
    "client id that never was": (n) => ({ clientId: `nobody-${n}` }),
    reason: (n) => ({ reason: reasons[n % reasons.length] ?? "" }),
    "reason, of a day": (n) => ({ reason: "token_expired", from: middle, until: middle + n * 3_600_000 }),
    "reason and broker that never was": () => ({ reason: "tcp_closed", broker: "rabbitmq" }),
    "time in the middle": (n) => ({ until: middle + n * 1000 }),
    refused: (n) => ({ result: "deny", until: middle + n * 1000 }),
    "refused, other broker": () => ({ result: "deny", broker: "embedded" }),
    allowed: (n) => ({ result: "allow", until: middle + n * 1000 }),
    "type change": (n) => ({ types: ["change"], until: middle + n * 1000 }),
    "types, four seldom ones": () => ({ types: ["change", "publish_denied", "guard", "service"] }),
    "types connected, disconnected": () => ({ types: ["connected", "disconnected"] }),
    "broker that never was": () => ({ broker: "rabbitmq" }),
  };
  process.stdout.write(
    `\n${"question".padEnd(36)}${"first".padStart(9)}${"median".padStart(9)}${"max".padStart(9)} ms\n`,
  );
  for (const [name, question] of Object.entries(questions)) {
    const times = await timesOf((n) => log.query(question(n)));
    process.stdout.write(`${name.padEnd(36)}${times}\n`);
  }
  const hours = { "reasons, 24 h": 24, "reasons, 30 days": 720 };
  for (const [name, back] of Object.entries(hours)) {
    const times = await timesOf(() => log.reasons({ from: begin + month - back * 3_600_000 }));
    process.stdout.write(`${name.padEnd(36)}${times}\n`);
  }
  await log.close();
}

async function timesOf(job: (n: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let n = 0; n < 25; n++) {
    const start = performance.now();
    await job(n * 137);
    times.push(performance.now() - start);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return [times[0], sorted[12], sorted[24]].map((ms = 0) => ms.toFixed(1).padStart(9)).join("");
}

/** What recording costs the thread that decides, by what is recorded; beside it the audit's thread writes. */
async function recordMany(): Promise<void> {
  const allowed = (n: number) => ({ result: "allow", deviceId: `device-${n}`, clientId: `client-${n}`, keyId: "a" });
  const refused = (n: number) => ({ result: "deny", reason: "bad_signature", clientId: `client-${n}`, detail: "No." });
  const cases: Record<string, (n: number) => object> = {
    "refusals of 5 000 rogue client ids": (n) => refused(n % 5000),
    "refusals of 1 000 devices": (n) => ({ ...refused(n % 1000), deviceId: `device-${n % 1000}` }),
    logins: allowed,
  };
  const common = { type: "connect", broker: "emqx", address: "10.0.0.1", scheme: "xiaozhi-hmac", latencyUs: 120 };
  const log = openAuditLog({
    file: join(base, "recorded.db"),
    keepFor: 86_400,
    maxRows: 1e9,
    maxBytes: 1e12,
    nowMs: Date.now,
    onProblem: (sentence) => process.stderr.write(`${sentence}\n`),
    tuning: { rowsAtOnce: 1e9, growthsAtOnce: 1e9 },
  });
  process.stdout.write("\nrecord(), on the main thread\n");
  for (const [name, event] of Object.entries(cases)) {
    const times: number[] = [];
    for (let round = 0; round < 200; round++) {
      const events = Array.from({ length: 500 }, (_, n) => ({ ...common, ...event(round * 500 + n) }) as never);
      const start = performance.now();
      for (const each of events) log.record(each);
      times.push(((performance.now() - start) * 1000) / events.length);
      await log.flush();
    }
    const [fastest = 0, median = 0] = [10, 100].map((at) => times.toSorted((a, b) => a - b)[at]);
    const figures = `${median.toFixed(2).padStart(9)} µs, ${fastest.toFixed(2)} µs when nothing interferes`;
    process.stdout.write(`${name.padEnd(36)}${figures}\n`);
  }
  await log.close();
}
