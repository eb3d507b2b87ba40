import { realpathSync, statSync } from "node:fs";
import Database, { type Database as Connection } from "better-sqlite3";
import { migrate } from "./migrate.ts";
import { applicationId } from "./schema.ts";
import { faultOf, StoreFaultError } from "./store-fault.ts";
import { prepareStoreWrites, type StoreWrites } from "./store-writes.ts";

/** The registry file, open for writing in the writer thread. */
export interface OpenStore {
  db: Connection;
  write: StoreWrites;
  /** Without symbolic links: SQLite puts the -wal and -shm files beside this one. */
  path: string;
  inode: number;
  /** Of the write-ahead log; `undefined` when there is none because nothing can be written. */
  logInode: number | undefined;
  /** Read back from this very connection. */
  durability: Durability;
}

export interface Durability {
  journalMode: string;
  /** `PRAGMA synchronous`: 2 = FULL, every commit is on the disk before it is acknowledged. */
  synchronous: number;
}

export interface StoreFileOptions {
  file: string;
  /** Longest wait for a lock that another process holds. */
  busyTimeoutMs: number;
  /** Further PRAGMA statements for the writing connection, e.g. `max_page_count = 5000`. */
  pragmas: readonly string[];
}

/**
 * Opens an existing registry and brings it to the newest schema.
 * @throws StoreFaultError, NewerRegistry, or an error of SQLite or the file system
 */
export async function openStoreFile(options: StoreFileOptions, checkWhole: boolean): Promise<OpenStore> {
  const path = realpathSync(options.file);
  const { ino: inode, size } = statSync(path);
  if (size === 0) throw new StoreFaultError(faultOf("corrupt", "the file is empty"));
  const db = new Database(path, { fileMustExist: true, timeout: options.busyTimeoutMs });
  try {
    if (db.pragma("application_id", { simple: true }) !== applicationId) {
      throw new StoreFaultError(faultOf("corrupt", "the database of another program"));
    }
    const durability = makeDurable(db);
    for (const pragma of options.pragmas) db.pragma(pragma);
    if (checkWhole && db.pragma("quick_check(1)", { simple: true }) !== "ok") {
      throw new StoreFaultError(faultOf("corrupt", "quick_check"));
    }
    await migrate(db);
    const logInode = statSync(`${path}-wal`, { throwIfNoEntry: false })?.ino;
    return { db, write: prepareStoreWrites(db), path, inode, logInode, durability };
  } catch (error) {
    db.close();
    throw error;
  }
}

function makeDurable(db: Connection): Durability {
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma("fullfsync = ON"); // macOS only: its fsync does not reach the disk
  db.pragma("foreign_keys = ON");
  db.pragma("wal_autocheckpoint = 8192"); // pages: one that many sightings change is copied seldom
  db.pragma("journal_size_limit = 67108864"); // an import does not leave its log behind
  const journalMode = db.pragma("journal_mode", { simple: true }) as string;
  const synchronous = db.pragma("synchronous", { simple: true }) as number;
  if (journalMode !== "wal" || synchronous !== 2) {
    throw new StoreFaultError(faultOf("unavailable", "the file system does not carry a write-ahead log"));
  }
  return { journalMode, synchronous };
}

/** Commits something that needs 64 KiB of room, and takes it away again: shows whether the store can be written. */
export function proveWritable(store: OpenStore): void {
  store.db.exec(`
    begin immediate; insert or replace into heartbeat (id, filler) values (1, zeroblob(65536)); commit;
    begin immediate; delete from heartbeat; commit;`);
}
