import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UnusableFolder } from "./data-folder-path.ts";

/**
 * Makes a folder and those above it that are missing. Throws what the file system says, and `UnusableFolder` where it
 * says that there is no such place though the folder above is there, as `/proc` does: Node's own recursive mkdir then
 * tries for ever (seen with 20.20).
 */
export function makeFolder(path: string, mode: number): void {
  const missing: string[] = [];
  for (let each = path; !isFolder(each) && dirname(each) !== each; each = dirname(each)) missing.unshift(each);
  for (const folder of missing) make(folder, mode);
}

function make(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another first start was quicker.
    if (code === "EEXIST" && isFolder(folder)) return;
    if (code !== "ENOENT") throw error;
    throw new UnusableFolder(`no folder can be made in ${dirname(folder)}: name another one with --data`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
