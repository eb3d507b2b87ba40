export type BackupProblemCode =
  | "no_room"
  | "data_damaged"
  | "copy_differs"
  | "file_exists"
  | "not_writable"
  | "not_a_backup"
  | "backup_damaged"
  | "backup_newer"
  | "folder_not_empty"
  | "interrupted";

/** Why a backup cannot be taken, read or put back, for the operator; `next` says what to do. Never holds a secret. */
export class BackupProblem extends Error {
  override name = "BackupProblem";
  readonly code: BackupProblemCode;
  readonly next: string | undefined;
  constructor(code: BackupProblemCode, message: string, next?: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}

/** For a file that is something else. */
export function notABackup(message: string): BackupProblem {
  return new BackupProblem("not_a_backup", message, "name a file that connack backup wrote; nothing was changed");
}

const noRoom = /^(?:ENOSPC|EDQUOT|EFBIG|SQLITE_FULL|SQLITE_IOERR_SHMSIZE|SQLITE_IOERR_WRITE)$/;

/** A full disk, told as such; any other error as it is. `what` is a clause: "the copy in /data could not be written". */
export function orNoRoom(error: unknown, what: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!noRoom.test(code)) return error;
  return new BackupProblem("no_room", `${what}: the disk is full (${code})`, "free some space, then do it again");
}
