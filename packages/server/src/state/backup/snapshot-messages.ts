import type { BackupProblemCode } from "./backup-problem.ts";

/** What the thread that takes a snapshot tells, in this order; `failed` may come instead of any. */
export type FromSnapshot =
  | { type: "loaded" }
  | { type: "pinned" }
  | { type: "progress"; doneBytes: number; totalBytes: number }
  | { type: "finished"; leftOut: string[] }
  | { type: "failed"; error: SnapshotFailure };

/** An error as a value that crosses threads. */
export type SnapshotFailure =
  | { problem: BackupProblemCode; message: string; next: string | undefined }
  | { damagedFolder: string }
  /** Anything else: its name and code, as its text may quote what was read. */
  | { unexpected: string };

/** The one message the thread waits for. */
export const pinNow = "pin";
