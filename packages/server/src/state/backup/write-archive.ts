import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import { syncFolder } from "../write-file-durably.ts";
import { BackupProblem, orNoRoom } from "./backup-problem.ts";
import { type Packed, type PackOptions, packSnapshot } from "./pack-snapshot.ts";

/**
 * Packs a snapshot into a file, mode 0600, that has its name only when it is whole and on the disk. Rejects with
 * `BackupProblem` (`file_exists`, `no_room`), and with what the file system says; nothing is left behind then.
 */
export async function writeArchive(
  snapshot: string,
  file: string,
  { force, ...options }: PackOptions & { force: boolean },
): Promise<Packed> {
  checkTarget(file, force);
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    let packed: Packed;
    try {
      packed = await packSnapshot(snapshot, sinkOf(handle), options);
      await handle.sync();
    } finally {
      await handle.close();
    }
    checkTarget(file, force); // somebody may have put one there meanwhile
    await rename(temporary, file);
    await syncFolder(dirname(file));
    return packed;
  } catch (error) {
    await rm(temporary, { force: true });
    throw orNoRoom(error, `${file} could not be written, and nothing of it was left there`);
  }
}

/** Throws `BackupProblem` for a file that must not be replaced, and for what is no file at all. */
export function checkTarget(file: string, force: boolean): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isFile())
    throw new BackupProblem(
      "file_exists",
      `${file} is no file that could be replaced`,
      "name a new file, or - for standard output",
    );
  if (!force)
    throw new BackupProblem("file_exists", `${file} is there already`, "name a new file, or add --force to replace it");
}

/** Writes into a file that stays open. A stream of `fs` would close it where it fails, before it can be synced or told of. */
function sinkOf(handle: FileHandle): Writable {
  const writeAll = async (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
  };
  return new Writable({
    write(chunk: Buffer, _encoding, next) {
      writeAll(chunk).then(() => next(), next);
    },
  });
}
