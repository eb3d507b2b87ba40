import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { UnusableFolder } from "./data-folder-path.ts";

/** Another process works in the data folder. */
export class FolderInUse extends Error {
  override name = "FolderInUse";
}

export interface FolderLock {
  release(): void;
}

/**
 * One writer per data folder. The lock is SQLite's exclusive lock on an empty database file: the operating system
 * drops it with the process, so a killed one leaves nothing behind that has to be judged stale.
 * Throws `FolderInUse` when another process has it, `UnusableFolder` to root when the folder is another user's, and the
 * file system's error when the folder cannot be written.
 */
export function lockFolder(folder: string): FolderLock {
  leaveToItsOwner(folder);
  const path = join(folder, "connack.lock");
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    database.pragma("journal_mode = MEMORY"); // the lock is all that is wanted: nothing is written, also on a full disk
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const code = (error as { code?: string }).code ?? "";
    if (code.startsWith("SQLITE_BUSY")) throw new FolderInUse(`another connack works in ${folder}`);
    if (code.startsWith("SQLITE_")) throw unusable(path, code);
    throw error;
  }
  const held = database;
  return { release: () => held.close() };
}

/**
 * What root makes in the folder of another user that user could neither write nor keep apart from what is its own; and
 * by links laid there before, it could have root write elsewhere.
 */
function leaveToItsOwner(folder: string): void {
  const { uid } = statSync(folder);
  if (uid === 0 || process.getuid?.() !== 0) return;
  throw new UnusableFolder(
    `${folder} belongs to the user with the id ${uid}, and this is root: run the same as that user, with sudo -u '#${uid}'`,
  );
}

/** What the file system would have said. */
function unusable(path: string, sqliteCode: string): Error {
  const [code, problem] =
    sqliteCode === "SQLITE_FULL" ? ["ENOSPC", "the disk is full"] : ["EIO", `the file cannot be used (${sqliteCode})`];
  return Object.assign(new Error(problem), { code, path });
}
