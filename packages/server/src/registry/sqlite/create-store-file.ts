import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { migrate } from "./migrate.ts";
import { applicationId } from "./schema.ts";

/**
 * Makes an empty registry, mode 0600. It is complete before it gets its name: a crash leaves no half-made file behind.
 * Does nothing when the file is there.
 * @throws Error when the write-ahead log of a lost registry lies there: that one is to be restored, not forgotten.
 */
export async function createStoreFile(file: string): Promise<void> {
  if (existsSync(file)) return;
  if (existsSync(`${file}-wal`)) {
    throw new Error(`${file} is missing but its -wal file is there: restore the registry, or move both away.`);
  }
  const unnamed = `${file}.new`;
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${unnamed}${suffix}`, { force: true });
  closeSync(openSync(unnamed, "wx", 0o600)); // SQLite gives its -wal and -shm the mode of the file
  const db = new Database(unnamed);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma(`application_id = ${applicationId}`);
    await migrate(db);
  } finally {
    db.close(); // folds the log into the file
  }
  syncPath(unnamed);
  renameSync(unnamed, file);
  syncPath(dirname(file)); // the name is durable only with its folder
}

function syncPath(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
