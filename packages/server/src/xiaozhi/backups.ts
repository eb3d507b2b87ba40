import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../state/read-json-file.ts";
import type { ConfigFile } from "./config-file.ts";
import { createFile, isTaken } from "./replace-file.ts";

/** Beside a backup: what the file was before, and what it was made into. Hashes are SHA-256 of all its bytes. */
const recordSchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  before: z.string().regex(/^[0-9a-f]{64}$/),
  after: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupRecord = z.infer<typeof recordSchema>;

/**
 * Copies the file to `<file>.connack-<time>.bak` beside it, with its mode and owner, and notes what it is about to be
 * made into. When this resolves both survive a crash. Gives the path of the backup.
 */
export async function makeBackup(file: ConfigFile, after: Buffer, now: Date): Promise<string> {
  const path = await freeName(file.path, now);
  const record: BackupRecord = {
    version: 1,
    createdAt: now.toISOString(),
    before: hashOf(file.bytes),
    after: hashOf(after),
  };
  await createFile(path, file.stats, file.bytes);
  await createFile(recordPath(path), file.stats, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/** Backups of a file, the newest first. */
export function listBackups(path: string): string[] {
  const start = `${basename(path)}.connack-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(start) && name.endsWith(".bak"));
  // Without what they all end in the order of names is that of time, also within a second
  const inOrder = names.map((name) => name.slice(0, -".bak".length)).sort();
  return inOrder.reverse().map((name) => join(dirname(path), `${name}.bak`));
}

/** What is noted of a backup. Throws `DamagedFolder` for a note that is none, and what the file system says. */
export function readBackupRecord(backup: string): BackupRecord {
  return readJsonFile(recordPath(backup), recordSchema);
}

export function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function recordPath(backup: string): string {
  return backup.replace(/\.bak$/, ".json");
}

/** A second has several backups when somebody is quick. */
async function freeName(path: string, now: Date): Promise<string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  for (let count = 0; count < 100; count += 1) {
    const name = `${path}.connack-${time}${count === 0 ? "" : `-${String(count).padStart(2, "0")}`}.bak`;
    if (!(await isTaken(name)) && !(await isTaken(recordPath(name)))) return name;
  }
  throw new Error("a hundred backups in one second");
}
