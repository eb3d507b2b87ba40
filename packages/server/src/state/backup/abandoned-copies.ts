import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** In a data folder: the copy a backup is packed from, and the files of a restore that are not in their place yet. */
const copyName = /^(?:backup|restore)\.[0-9a-f]{12}\.tmp$/;

/** Those, and files that `writeFileDurably` has not put in their place. An archive that somebody writes here is none. */
const unfinished = /^(?:backup|restore|broker-token|[\w.-]+\.json)\.[0-9a-f]{12}\.tmp$/;

export function newCopyName(purpose: "backup" | "restore"): string {
  return `${purpose}.${randomBytes(6).toString("hex")}.tmp`;
}

export function isCopyName(name: string): boolean {
  return copyName.test(name);
}

/** Takes away what a process left that was killed. Only for whoever has the folder's lock: nobody else works on one then. */
export function removeAbandonedCopies(folder: string): void {
  for (const place of [folder, join(folder, "keys")].filter((each) => existsSync(each))) {
    const names = readdirSync(place).filter((name) => unfinished.test(name));
    for (const name of names) rmSync(join(place, name), { recursive: true });
  }
}
