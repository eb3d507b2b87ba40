import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { shortSocketPath } from "./short-socket-path.ts";

/** What was named as data folder is none, and cannot become one. */
export class UnusableFolder extends Error {
  override name = "UnusableFolder";
}

/**
 * The data folder's absolute path; a relative one starts at the working directory. Throws `UnusableFolder` for a path
 * that is no folder, or too long for the control socket in it.
 */
export function dataFolderPath(dataDir: string): string {
  const path = resolve(dataDir);
  controlSocketPath(path);
  if (isFolderOrFree(path)) return path;
  throw new UnusableFolder(`${path} is a file, or lies below one: name a folder with --data`);
}

/** Where a running server listens for the command line, written so that the kernel takes it. Throws `UnusableFolder`. */
export function controlSocketPath(folder: string): string {
  try {
    return shortSocketPath(join(folder, "connack.sock"));
  } catch (error) {
    if (error instanceof RangeError) throw new UnusableFolder(`data folder ${folder}: ${error.message}`);
    throw error;
  }
}

function isFolderOrFree(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    // Node 22 and later would keep this to itself with `throwIfNoEntry: false`.
    if (code === "ENOTDIR") return false;
    throw error;
  }
}
