import { renameSync, rmSync, statSync } from "node:fs";
import { storeFault } from "./store-fault.ts";
import type { OpenStore } from "./store-file.ts";
import type { StoreIdentity } from "./watch-store-file.ts";

/**
 * Closes the writing connection, the last one: SQLite folds the log into the file and deletes it. A file that was moved
 * or deleted gets its log too – it may come back – though SQLite by itself would leave that out.
 */
export function closeStoreFile(store: StoreIdentity & Pick<OpenStore, "db">, file: string): void {
  try {
    if (!isAt(file, store.inode)) store.db.pragma("wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (storeFault(error) === undefined) throw error; // else the log stays, and is set aside
  } finally {
    store.db.close();
  }
  takeAwayLog(store, file);
}

/**
 * Takes the log of a closed store away when it is empty, or when its file is not there any more: SQLite would replay it
 * into whatever file is put there next. A log with something in it is set aside, not deleted.
 */
export function takeAwayLog(store: StoreIdentity, file: string): void {
  const log = `${store.path}-wal`;
  const found = statSync(log, { throwIfNoEntry: false });
  if (found === undefined || found.ino !== store.logInode) return;
  if (found.size === 0) rmSync(log);
  else if (!isAt(file, store.inode)) renameSync(log, `${log}.set-aside`);
  else return;
  rmSync(`${store.path}-shm`, { force: true });
}

function isAt(file: string, inode: number): boolean {
  return statSync(file, { throwIfNoEntry: false })?.ino === inode;
}
