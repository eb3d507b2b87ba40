import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Databases: copied by SQLite, and never opened as files while a server has them. */
export const databases = { registry: "registry.db", audit: "audit.db" } as const;
export const inventoryFile = "instance.json";

/** What a data folder keeps, beside what its inventory names. */
const kept =
  /^(?:instance\.json|registry\.db|audit\.db|broker-token|access-tokens\.json|keys\/[^/]+\.json|tls\/[^/]+|emqx\/applied\.json|emqx\/snapshots\/[^/]+\.json)$/;

/** Made anew by every start, or left by one that was cut short; or what EMQX is still to be told, which is found again. */
const passing =
  /^(?:connack\.lock.*|connack\.sock|(?:registry|audit)\.db-(?:wal|shm|journal)|emqx-pending\.jsonl|emqx-live|.*\.tmp)$/;
/** Folders with files of Connack's in them. */
const folders: readonly string[] = ["keys", "tls", "emqx", "emqx/snapshots"];
const fileSystems = "lost+found";

/** A name a file of the data folder may have in a backup: below the folder, at most two folders deep, nothing hidden. */
export function isHarmlessName(name: string): boolean {
  return name.length <= 300 && /^(?:[^\p{Cc}/\\.][^\p{Cc}/\\]*\/){0,2}[^\p{Cc}/\\.][^\p{Cc}/\\]*$/u.test(name);
}

/** Whether a file of this name belongs into a data folder whose inventory names `noted`. */
export function isStateFile(name: string, noted: readonly string[]): boolean {
  const first = name.split("/", 1)[0] as string;
  return isHarmlessName(name) && !passing.test(first) && (kept.test(name) || noted.includes(name));
}

export interface StateFiles {
  /** Relative to the folder; those the inventory names are among them whether they are there or not. */
  files: string[];
  /** What lies in the folder and is nothing of Connack's. */
  leftOut: string[];
}

/** What of a data folder a backup holds. Links are followed; what is neither file nor folder is left out. */
export function listStateFiles(folder: string, noted: readonly string[]): StateFiles {
  const files = new Set([inventoryFile, ...noted]);
  const leftOut: string[] = [];
  const look = (name: string): void => {
    if (passing.test(basename(name)) || name === fileSystems) return;
    if (statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() && isStateFile(name, noted)) files.add(name);
    else leftOut.push(name);
  };
  const lookInto = (below: string): void => {
    for (const each of readdirSync(join(folder, below))) {
      const name = below === "" ? each : `${below}/${each}`;
      if (folders.includes(name)) lookInto(name);
      else look(name);
    }
  };
  lookInto("");
  return { files: [...files].sort(), leftOut: leftOut.sort() };
}
