import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";

/** A database as it was when it was pinned, whatever is written into it meanwhile. */
export interface PinnedDatabase {
  /** As far as is known before it is copied, in bytes. */
  bytes: number;
  /** Reads what was pinned. */
  read<Found>(look: (db: Database.Database) => Found): Found;
  /** Copies it page by page into a new file, mode 0600. */
  copyTo(file: string, onProgress: (doneBytes: number) => void): Promise<void>;
  close(): void;
}

/** Pages copied between two looks at the messages of the thread. */
const pagesAtOnce = 1000;

/**
 * Opens a database of write-ahead logging for reading, and pins what it holds: a read transaction that is open while
 * `sqlite3_backup_step` is called keeps the source still, so the copy is of one moment and never starts over, and
 * writers are not held up (https://www.sqlite.org/backup.html, https://www.sqlite.org/isolation.html). Until it is
 * closed the log cannot be folded into the file beyond that moment, and grows.
 */
export function pinDatabase(file: string): PinnedDatabase {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    db.exec("begin");
    db.prepare("select count(*) from sqlite_schema").get(); // only reading pins
    const pageSize = db.pragma("page_size", { simple: true }) as number;
    return {
      bytes: pageSize * (db.pragma("page_count", { simple: true }) as number),
      read: (look) => look(db),
      async copyTo(copy, onProgress) {
        closeSync(openSync(copy, "wx", 0o600)); // SQLite takes the mode of the file that is there
        const { totalPages } = await db.backup(copy, {
          progress(now) {
            onProgress((now.totalPages - now.remainingPages) * pageSize);
            return pagesAtOnce;
          },
        });
        onProgress(totalPages * pageSize); // the last step is not told
      },
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
