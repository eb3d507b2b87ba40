import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { removeAbandonedCopies } from "./backup/abandoned-copies.ts";
import { lockFolder } from "./folder-lock.ts";
import { makeFolder } from "./make-folder.ts";
import { oneAfterAnother } from "./one-after-another.ts";
import { DamagedFolder, readJsonFile } from "./read-json-file.ts";
import { syncFolder, writeFileDurably } from "./write-file-durably.ts";

/** `instance.json`: what belongs to the folder. */
export const inventorySchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Files whose loss must not go unnoticed, relative to the folder. */
  files: z.array(z.string()),
  /** Schemes whose key came from the configuration: it must not vanish from there unnoticed either. */
  configuredKeys: z.array(z.string()).default([]),
  /** By scheme: the highest generation of a key that was removed. It is not given again. */
  removedGenerations: z.record(z.string(), z.int().min(1)).default({}),
});

export interface DataFolder {
  path: string;
  /** True when this call made the folder. */
  isNew: boolean;
  file(...name: string[]): string;
  has(name: string): boolean;
  /** From now on the folder is damaged without this file. Written after the file itself. */
  remember(name: string): Promise<void>;
  /** The folder is whole without this key file, and its generation used up. Written before the file is deleted. */
  forgetKey(name: string, key: { scheme: string; generation: number }): Promise<void>;
  /** The highest generation of a removed key of the scheme; 0 when there was none. */
  removedGeneration(scheme: string): number;
  /** Schemes that have been served with a key from the configuration. */
  configuredKeys(): readonly string[];
  rememberConfiguredKey(scheme: string): Promise<void>;
  /** Things an operator should know, e.g. a folder open to other users. */
  warnings: string[];
  /** Finishes what is being written, then lets other processes have the folder. */
  release(): Promise<void>;
}

const inventoryName = "instance.json";

/**
 * Opens the data folder for this process alone, or makes it (0700). A folder with state but without its inventory, or
 * without a file the inventory names, rejects with `DamagedFolder` naming it; the absence of files in `except` is dealt
 * with elsewhere. Rejects with `FolderInUse` when another process has it. Changes are written one after the other.
 */
export async function openDataFolder(path: string, except: readonly string[] = []): Promise<DataFolder> {
  const inventoryPath = join(path, inventoryName);
  if (!existsSync(inventoryPath)) await makeNewFolder(path, inventoryPath);
  const lock = lockFolder(path);
  try {
    removeAbandonedCopies(path);
    const isNew = !existsSync(inventoryPath);
    if (isNew) await writeInventory(inventoryPath, newInventory());
    let inventory = readJsonFile(inventoryPath, inventorySchema);
    const lost = inventory.files.find((name) => !except.includes(name) && !existsSync(join(path, name)));
    if (lost !== undefined) {
      throw new DamagedFolder(
        `${join(path, lost)} is missing. Put it back from a backup. Without it the devices it served cannot be ` +
          `checked; to give it up for good, remove its line from ${inventoryPath}.`,
      );
    }
    const inTurn = oneAfterAnother();
    let isReleased = false;
    const change = (edit: () => Partial<Inventory>) =>
      inTurn(async () => {
        const edited = { ...inventory, ...edit() };
        if (isDeepStrictEqual(edited, inventory)) return;
        if (isReleased) throw new Error("the data folder was released");
        await writeInventory(inventoryPath, edited);
        inventory = edited;
      });
    const removed = (scheme: string) => inventory.removedGenerations[scheme] ?? 0;
    const open = statSync(path).mode & 0o077;
    return {
      path,
      isNew,
      warnings: open === 0 ? [] : [`${path} is open to other users of this machine: chmod 700 ${path}`],
      file: (...name) => join(path, ...name),
      has: (name) => inventory.files.includes(name),
      remember: (name) => change(() => ({ files: [...new Set([...inventory.files, name])] })),
      forgetKey: (name, { scheme, generation }) =>
        change(() => ({
          files: inventory.files.filter((each) => each !== name),
          removedGenerations: { ...inventory.removedGenerations, [scheme]: Math.max(removed(scheme), generation) },
        })),
      removedGeneration: removed,
      configuredKeys: () => inventory.configuredKeys,
      rememberConfiguredKey: (scheme) =>
        change(() => ({ configuredKeys: [...new Set([...inventory.configuredKeys, scheme])] })),
      release: () =>
        inTurn(() => {
          isReleased = true;
          lock.release();
        }),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function makeNewFolder(path: string, inventoryPath: string): Promise<void> {
  const leftovers = existsSync(path) ? readdirSync(path).filter((name) => !harmless.test(name)) : [];
  const keys = existsSync(join(path, "keys")) ? readdirSync(join(path, "keys")) : [];
  leftovers.push(...keys.map((name) => `keys/${name}`));
  // Another first start may have made the folder while we looked: then its inventory came before everything else.
  if (leftovers.length > 0 && !existsSync(inventoryPath)) {
    throw new DamagedFolder(
      `${path} has ${leftovers.slice(0, 3).join(", ")} but no ${basename(inventoryPath)}. ` +
        "Put that file back from a backup, or choose an empty folder for a new start.",
    );
  }
  makeFolder(path, 0o700);
  chmodSync(path, 0o700);
  makeFolder(join(path, "keys"), 0o700);
  await syncFolder(join(path, ".."));
}

/** What a start that was interrupted before the inventory stood may leave, and what `tls dev-ca` made before. */
const harmless = /^(?:keys|tls|connack\.lock.*|connack\.sock|lost\+found|instance\.json\..*\.tmp)$/;

type Inventory = z.infer<typeof inventorySchema>;

function newInventory(): Inventory {
  return { version: 1, createdAt: new Date().toISOString(), files: [], configuredKeys: [], removedGenerations: {} };
}

async function writeInventory(path: string, inventory: Inventory): Promise<void> {
  await writeFileDurably(path, `${JSON.stringify(inventory, null, 2)}\n`);
}
