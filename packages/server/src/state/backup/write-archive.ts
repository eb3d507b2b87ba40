import { randomBytes } from "node:crypto";
import { lstatSync, statSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import { syncFolder } from "../write-file-durably.ts";
import { BackupProblem, orNoRoom } from "./backup-problem.ts";
import { type Packed, type PackOptions, packSnapshot } from "./pack-snapshot.ts";

/**
 * Packs a snapshot into a file, mode 0600, that has its name only when it is whole and on the disk. Rejects with
 * `BackupProblem` (`file_exists`, `not_writable`, `no_room`), and with what the file system says; nothing is left behind then.
 */
export async function writeArchive(
  snapshot: string,
  file: string,
  { force, ...options }: PackOptions & { force: boolean },
): Promise<Packed> {
  checkTarget(file, force);
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  const handle = await open(temporary, "wx", 0o600).catch((error) => {
    throw orNoRoom(orNotWritable(error, file), `${file} could not be made`);
  });
  try {
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

/** Throws `BackupProblem` for a file that must not be replaced, for what is no file at all, and where none can be. */
export function checkTarget(file: string, force: boolean): void {
  if (!isFolder(dirname(file)))
    throw new BackupProblem("not_writable", `there is no folder ${dirname(file)}`, "make it, or name another file");
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

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return false;
    throw error;
  }
}

/** A file that cannot even be made, without the name it would have had first. */
function orNotWritable(error: NodeJS.ErrnoException, file: string): unknown {
  if (!/^E(?:ACCES|PERM|ROFS|NAMETOOLONG)$/.test(error.code ?? "")) return error;
  return new BackupProblem("not_writable", `${file} cannot be made (${error.code})`, "name another file");
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
