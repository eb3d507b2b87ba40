import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, type FileHandle, link, lstat, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OperationError } from "../operations/operation.ts";
import { syncFolder } from "../state/write-file-durably.ts";

/**
 * Throws `OperationError` for a file that cannot be replaced by another one of the same owner and mode, or is not meant
 * to be: nothing is tried then.
 */
export async function checkReplaceable(path: string, stats: Stats): Promise<void> {
  const refuse = (problem: string, next: string) => new OperationError("configuration", `${path} ${problem}`, next);
  const user = process.getuid?.() ?? stats.uid;
  if ((stats.mode & 0o222) === 0) throw refuse("is read-only", `chmod u+w ${path}`);
  if (user !== 0 && user !== stats.uid) {
    throw refuse(
      `belongs to the user ${stats.uid}, and would belong to ${user} afterwards`,
      "run it as the file's owner",
    );
  }
  if (stats.nlink > 1) {
    throw refuse(
      "has several names (hard links), of which only one would change",
      "copy it, and rename the copy over it",
    );
  }
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch {
    throw refuse("cannot be replaced: its folder is not writable", "run it as the owner of the folder");
  }
}

/**
 * Puts other content into a file: another file, written to the disk and renamed over it, with its mode and owner. After
 * a crash there is the old or the new content. Rejects with `OperationError` when the file is not `expected` any more.
 */
export async function replaceFile(path: string, stats: Stats, content: Buffer, expected: Buffer): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeLike(temporary, stats, content);
    if (!(await readFile(path)).equals(expected)) {
      throw new OperationError("changed_meanwhile", `${path} was changed meanwhile, by something else`, "run it again");
    }
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a file that has all of its content from the moment its name is there. Rejects with EEXIST for a name in use. */
export async function createFile(path: string, stats: Stats, content: Buffer | string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeLike(temporary, stats, content);
    await linkOrRename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** A link never goes over another file; some file systems have none. */
async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    await rename(from, to);
  }
}

async function writeLike(path: string, { mode, uid, gid }: Stats, content: Buffer | string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await giveTo(file, uid, gid, path);
    await file.chmod(mode & 0o7777);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function giveTo(file: FileHandle, uid: number, gid: number, path: string): Promise<void> {
  const is = await file.stat();
  if (is.uid === uid && is.gid === gid) return;
  try {
    await file.chown(uid, gid);
  } catch {
    throw new OperationError(
      "configuration",
      `${dirname(path)}: a file in it cannot be given to user ${uid} and group ${gid}`,
      "run it as the file's owner, or as root",
    );
  }
}

async function renameOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    throw new OperationError(
      "configuration",
      `${to} is a mount of its own and cannot be replaced here`,
      "run it where the file really lies, outside of the container",
    );
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Whether a name is in use, also by a link that leads nowhere. */
export async function isTaken(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
