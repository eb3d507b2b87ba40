import { join } from "node:path";
import Database from "better-sqlite3";

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
 * Throws `FolderInUse` when another process has it, and the file system's error when the folder cannot be written.
 */
export function lockFolder(folder: string): FolderLock {
  const database = new Database(join(folder, "connack.lock"), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) {
      throw new FolderInUse(`another connack works in ${folder}`);
    }
    throw error;
  }
  return { release: () => database.close() };
}
