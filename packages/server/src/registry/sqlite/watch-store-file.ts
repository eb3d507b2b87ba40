import { closeSync, openSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { faultOf, type StoreFault, storeFault } from "./store-fault.ts";
import type { OpenStore } from "./store-file.ts";

/** What tells the files of an open store from others of their names. */
export type StoreIdentity = Pick<OpenStore, "path" | "inode" | "logInode">;

/**
 * Whether the files an open store writes to are still the ones under its names. Asked before each commit: what is
 * written into a deleted file is lost, so it must not be acknowledged.
 */
export function findMoved(store: StoreIdentity, file: string): StoreFault | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return faultOf("missing");
    if (found.ino !== store.inode) return faultOf("missing", "replaced by another file, which is opened next");
    if (found.size === 0) return faultOf("corrupt", "the file was emptied");
    const log = statSync(`${store.path}-wal`, { throwIfNoEntry: false });
    if (store.logInode !== log?.ino) return faultOf("unavailable", "the -wal file was taken away; opening anew");
    return undefined;
  } catch (error) {
    return expectFault(error);
  }
}

/**
 * Whether the file was damaged in place, as far as a fresh connection sees at a glance.
 * @param glance a cheap statement that reads the store's main table
 */
export function findDamaged(
  store: Pick<OpenStore, "path">,
  glance = "select 1 from devices limit 1",
): StoreFault | undefined {
  // Looked at through SQLite only: closing a descriptor of our own would drop this process's locks (fcntl(2)).
  try {
    const fresh = new Database(store.path, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      fresh.prepare(glance).get();
    } finally {
      fresh.close();
    }
    return undefined;
  } catch (error) {
    const fault = expectFault(error);
    return fault.state === "corrupt" ? fault : undefined; // the rest shows up in the work itself
  }
}

/** Whether a file that was read-only may be opened for writing now. Call only when losing its locks does no harm. */
export function canOpenForWriting(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch (error) {
    expectFault(error);
    return false;
  }
}

/** Identity of a file's content as far as the file system tells; changes when somebody repairs or replaces it. */
export function fileVersion(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [ino, size, mtimeMs, ctimeMs].join(" ");
  } catch (error) {
    return expectFault(error).detail;
  }
}

function expectFault(error: unknown): StoreFault {
  const fault = storeFault(error);
  if (fault === undefined) throw error;
  return fault;
}
