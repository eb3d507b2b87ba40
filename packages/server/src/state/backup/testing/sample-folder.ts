import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { openSqliteRegistry } from "../../../registry/sqlite/sqlite-registry.ts";
import { openDataFolder } from "../../data-folder.ts";
import { pinSnapshot } from "../snapshot.ts";
import { type Snapshot, takeSnapshot } from "../take-snapshot.ts";
import { writeArchive } from "../write-archive.ts";

/** A place of its own for one test. */
export function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "connack-backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let sample: Promise<string> | undefined;

/** A data folder as a server leaves it: two devices and a service, two keys, a token, audit, a lab's CA. */
export async function sampleFolder(path: string): Promise<string> {
  sample ??= makeSample(mkdtempSync(join(tmpdir(), "connack-sample-")));
  cpSync(await sample, path, { recursive: true });
  return path;
}

async function makeSample(path: string): Promise<string> {
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  const folder = await openDataFolder(path);
  const secret = () => `${JSON.stringify({ secret: randomBytes(32).toString("base64url") })}\n`;
  for (const name of ["keys/hmac-1.json", "keys/jwt-1.json", "broker-token"]) {
    writeFileSync(join(path, name), secret(), { mode: 0o600 });
    await folder.remember(name);
  }
  const registry = await openSqliteRegistry({ file: join(path, "registry.db"), create: true });
  await folder.remember("registry.db");
  for (const id of ["sensor-1", "sensor-2"])
    await registry.add({ id, status: "active", schemes: ["jwt"], createdAt: 1 });
  await registry.setStatus("sensor-2", ["active"], "revoked");
  await registry.add({ id: "gateway", kind: "service", status: "active", schemes: ["jwt"], createdAt: 1 });
  await registry.close();
  const audit = new Database(join(path, "audit.db"));
  audit.pragma("journal_mode = WAL");
  audit.exec("create table events (id integer primary key, text text)");
  audit.prepare("insert into events (text) values (?)").run("first");
  audit.close();
  mkdirSync(join(path, "tls"), { mode: 0o700 });
  writeFileSync(join(path, "tls/ca.key"), secret(), { mode: 0o600 });
  await folder.release();
  return path;
}

/** A copy of a folder that no server has, made to its end. */
export async function snapshotOf(folder: string, { withAudit = true } = {}): Promise<Snapshot> {
  const snapshot = takeSnapshot({ folder, withAudit, whileKeysStay: (task) => task() });
  onTestFinished(() => snapshot.discard());
  await snapshot.finished;
  return snapshot;
}

/** The archive of a sample folder; made without a thread of its own. */
export async function sampleArchive(): Promise<Buffer> {
  const base = mkdtempSync(join(tmpdir(), "connack-sample-"));
  try {
    const folder = await sampleFolder(join(base, "data"));
    const target = join(base, "copy");
    await pinSnapshot({ folder, target, withAudit: true }).finish(() => {});
    await writeArchive(target, join(base, "archive"), { force: false });
    return readFileSync(join(base, "archive"));
  } finally {
    rmSync(base, { recursive: true });
  }
}
