import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type Database from "better-sqlite3";
import { NewerRegistry } from "../../registry/sqlite/migrate.ts";
import { inventorySchema } from "../data-folder.ts";
import { lockFolder } from "../folder-lock.ts";
import { makeFolder } from "../make-folder.ts";
import { syncFolder } from "../write-file-durably.ts";
import { newCopyName, removeAbandonedCopies } from "./abandoned-copies.ts";
import { BackupProblem, orNoRoom } from "./backup-problem.ts";
import { checkDatabase, DatabaseDamage, describeRegistry } from "./check-database.ts";
import type { Manifest } from "./manifest.ts";
import { occupants, putInPlace } from "./put-in-place.ts";
import { databases, inventoryFile, isStateFile } from "./state-files.ts";
import { unpackArchive } from "./unpack-archive.ts";

export interface RestoreOptions {
  source: Readable;
  /** The data folder; made when it is not there. */
  folder: string;
  /** Move aside what is in the folder. */
  force: boolean;
  now: Date;
  onProgress?(doneBytes: number, totalBytes: number): void;
}

export interface Restored {
  manifest: Manifest;
  /** Where the former content of the folder is now. */
  movedTo?: string;
}

/**
 * Puts a backup into a data folder. Everything is unpacked beside what is there and proved first; until then nothing is
 * changed. Throws `FolderInUse` while a server has the folder, and `BackupProblem`.
 */
export async function restoreBackup({ source, folder, force, now, onProgress }: RestoreOptions): Promise<Restored> {
  const isNew = !existsSync(folder);
  makeFolder(folder, 0o700);
  const lock = lockFolder(folder);
  let isDone = false;
  try {
    removeAbandonedCopies(folder);
    checkFree(folder, force);
    const staging = join(folder, newCopyName("restore"));
    try {
      mkdirSync(staging, { mode: 0o700 });
      const manifest = await unpackArchive(source, { target: staging, ...(onProgress && { onProgress }) });
      checkContent(staging, manifest);
      for (const each of foldersOf(staging)) await syncFolder(each);
      const movedTo = await putInPlace(folder, staging, now);
      chmodSync(folder, 0o700);
      isDone = true;
      return { manifest, ...(movedTo !== undefined && { movedTo }) };
    } catch (error) {
      rmSync(staging, { recursive: true, force: true });
      throw orNoRoom(error, "nothing was changed");
    }
  } finally {
    lock.release();
    if (isNew && !isDone) {
      rmSync(join(folder, "connack.lock"), { force: true });
      rmdirSync(folder);
    }
  }
}

function checkFree(folder: string, force: boolean): void {
  const found = occupants(folder);
  if (force || found.length === 0) return;
  const named = found.filter((name) => !/-(?:wal|shm)$/.test(name)).slice(0, 3);
  throw new BackupProblem(
    "folder_not_empty",
    `${folder} has ${named.join(", ")}: a backup is put into an empty folder, or a new one`,
    "name another folder with --data; or add --force: what is there is then moved aside, not deleted",
  );
}

/** Everything that digests do not tell: that the files make one instance, and that this version can work with it. */
function checkContent(staging: string, { files, registry }: Manifest): void {
  const names = new Set(files.map(({ name }) => name));
  const parsed = inventorySchema.safeParse(readJson(join(staging, inventoryFile)));
  if (!parsed.success) throw damaged(`${inventoryFile} does not have the expected content`);
  const noted = parsed.data.files;
  const lost = noted.find((name) => !names.has(name));
  if (lost !== undefined) throw damaged(`${lost} is not in it`);
  if (!noted.includes(databases.registry)) throw damaged(`${inventoryFile} does not name the registry`);
  const foreign = [...names].find((name) => !isStateFile(name, noted));
  if (foreign !== undefined) throw damaged(`${foreign} is no file of Connack's`);
  const unreadable = [...names].find((name) => isObjectFile(name) && !isObject(readJson(join(staging, name))));
  if (unreadable !== undefined) throw damaged(`${unreadable} is not readable JSON`);
  const found = checkSound(staging, databases.registry, describeRegistry);
  if (!isDeepStrictEqual(found, registry)) throw damaged("registry.db does not have the devices it was taken with");
  if (names.has(databases.audit)) checkSound(staging, databases.audit, () => undefined);
}

/** Keys and tokens: one that cannot be read would stop the server that is started next. */
function isObjectFile(name: string): boolean {
  return name === "access-tokens.json" || /^keys\/.*\.json$/.test(name);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkSound<Found>(staging: string, name: string, look: (db: Database.Database) => Found): Found {
  try {
    return checkDatabase(join(staging, name), look);
  } catch (error) {
    if (error instanceof DatabaseDamage) throw damaged(`${name} did not pass its check (${error.message})`);
    if (error instanceof NewerRegistry) {
      throw new BackupProblem("backup_newer", "a newer Connack took this backup", "restore it with that version");
    }
    throw error;
  }
}

function damaged(what: string): BackupProblem {
  return new BackupProblem("backup_damaged", `the backup is damaged: ${what}`, "take another one; nothing was changed");
}

function foldersOf(staging: string): string[] {
  const below = readdirSync(staging, { withFileTypes: true }).filter((each) => each.isDirectory());
  return [staging, ...below.map(({ name }) => join(staging, name))];
}
