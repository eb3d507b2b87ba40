import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../write-file-durably.ts";
import { isCopyName } from "./abandoned-copies.ts";
import { inventoryFile } from "./state-files.ts";

/** What a folder may have beside an instance; also its lock, which is held here. */
const beside = /^(?:connack\.lock.*|connack\.sock|lost\+found|instance\.json\..*\.tmp)$/;

/** What of a data folder would be in the way of another instance. An empty folder of keys is not. */
export function occupants(folder: string): string[] {
  return readdirSync(folder).filter((name) => !beside.test(name) && !isCopyName(name) && !isEmptyKeys(folder, name));
}

function isEmptyKeys(folder: string, name: string): boolean {
  return name === "keys" && readdirSync(join(folder, name)).length === 0;
}

/**
 * Moves the files of `staging`, a folder in the data folder, to where they belong, and what was there aside. The
 * inventory goes first and comes last: between, and after a crash there, no server starts on the folder, as it has
 * state without an inventory. The folder itself stays, so that it may be a mount point or a link.
 * @returns where the former content is now
 */
export async function putInPlace(folder: string, staging: string, at: Date): Promise<string | undefined> {
  const former = occupants(folder).sort(inventoryFirst);
  const aside = former.length === 0 ? undefined : makeAside(folder, staging, at);
  const moves: { from: string; to: string }[] = [];
  const move = (from: string, to: string): void => {
    renameSync(from, to);
    moves.push({ from, to });
  };
  try {
    if (aside !== undefined) {
      for (const name of former) move(join(folder, name), join(aside, name));
      await syncFolder(aside);
      await syncFolder(dirname(aside));
    }
    if (existsSync(join(folder, "keys"))) rmdirSync(join(folder, "keys")); // the empty one
    const [inventory, ...others] = readdirSync(staging).sort(inventoryFirst);
    for (const name of others) move(join(staging, name), join(folder, name));
    await syncFolder(folder);
    if (inventory !== undefined) move(join(staging, inventory), join(folder, inventory));
    await syncFolder(folder);
  } catch (error) {
    for (const { from, to } of moves.reverse()) renameSync(to, from);
    if (aside !== undefined) rmdirSync(aside);
    throw error;
  }
  rmSync(staging, { recursive: true });
  return aside;
}

function inventoryFirst(one: string, other: string): number {
  return Number(other === inventoryFile) - Number(one === inventoryFile) || (one < other ? -1 : 1);
}

/**
 * `<folder>.before-restore-<time>`; where nothing can be moved there – no right to, or the folder is a file system of
 * its own – in the folder.
 */
function makeAside(folder: string, staging: string, at: Date): string {
  const real = realpathSync(folder);
  const name = `before-restore-${at.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const inside = join(real, name);
  const outside = join(dirname(real), `${basename(real)}.${name}`);
  const probe = join(staging, "probe");
  mkdirSync(probe, { mode: 0o700 });
  try {
    mkdirSync(outside, { mode: 0o700 });
    try {
      renameSync(probe, join(outside, "probe"));
      rmdirSync(join(outside, "probe"));
      return outside;
    } catch {
      rmdirSync(outside); // another file system
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
  }
  rmdirSync(probe);
  mkdirSync(inside, { mode: 0o700 });
  return inside;
}
