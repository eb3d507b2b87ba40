import { closeSync, existsSync, openSync, realpathSync, rmSync, statSync } from "node:fs";
import Database, { type Database as Connection } from "better-sqlite3";
import { AuditFaultError, auditFaultOf } from "./audit-fault.ts";
import { migrateAudit } from "./migrate-audit.ts";

/** The audit file, open in the audit's thread. */
export interface OpenAudit {
  db: Connection;
  /** Without symbolic links. */
  path: string;
  inode: number;
  /** Of the write-ahead log; `undefined` when there is none because nothing can be written. */
  logInode: number | undefined;
}

export interface AuditFileOptions {
  file: string;
  /** Longest wait for a lock that another process holds. */
  busyTimeoutMs: number;
  /** Further PRAGMA statements for the connection, e.g. `max_page_count = 5000`. */
  pragmas: readonly string[];
}

/** `PRAGMA application_id` of an audit file: "CncA". */
const applicationId = 0x436e6341;

/**
 * Opens the audit, made when it is not there (mode 0600), and brings it to the newest schema. A crash of the machine
 * may take the last moments before it (synchronous = NORMAL), never the whole.
 * @throws AuditFaultError, NewerAudit, or an error of SQLite or the file system
 */
export async function openAuditFile(options: AuditFileOptions): Promise<OpenAudit> {
  if (!existsSync(options.file)) makeEmpty(options.file);
  const path = realpathSync(options.file);
  const { ino: inode, size } = statSync(path);
  const db = new Database(path, { fileMustExist: true, timeout: options.busyTimeoutMs });
  try {
    if (size === 0) prepareNew(db);
    else if (db.pragma("application_id", { simple: true }) !== applicationId)
      throw new AuditFaultError(auditFaultOf("corrupt", "the database of another program"));
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("cache_size = -8000"); // KiB
    db.pragma("journal_size_limit = 2097152");
    for (const pragma of options.pragmas) db.pragma(pragma);
    await migrateAudit(db);
    expectTables(db);
    return { db, path, inode, logInode: statSync(`${path}-wal`, { throwIfNoEntry: false })?.ino };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Commits something that needs 64 KiB of room, and takes it away again: shows whether the audit can be written. */
export function proveWritable({ db }: OpenAudit): void {
  try {
    db.exec(`
      begin immediate; insert or replace into heartbeat (id, filler) values (1, zeroblob(65536)); commit;
      begin immediate; delete from heartbeat; commit;`);
  } finally {
    if (db.inTransaction) db.exec("rollback");
  }
}

function makeEmpty(file: string): void {
  // a log without its file is of no use, and SQLite would replay it into the new one
  for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  closeSync(openSync(file, "wx", 0o600)); // SQLite gives its -wal and -shm the mode of the file
}

function expectTables(db: Connection): void {
  const names = ["events", "hourly", "progress", "heartbeat"];
  const found = db.prepare("select name from sqlite_schema where type = 'table'").pluck().all();
  const missing = names.filter((name) => !found.includes(name));
  if (missing.length > 0) throw new AuditFaultError(auditFaultOf("corrupt", `without ${missing.join(", ")}`));
}

function prepareNew(db: Connection): void {
  db.pragma("auto_vacuum = INCREMENTAL"); // before anything is in it
  db.pragma(`application_id = ${applicationId}`);
}
