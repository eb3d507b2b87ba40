import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { lockFolder } from "./folder-lock.ts";
import { DamagedFolder, readJsonFile } from "./read-json-file.ts";
import { syncFolder, writeFileDurably } from "./write-file-durably.ts";

const inventorySchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Files whose loss must not go unnoticed, relative to the folder. */
  files: z.array(z.string()),
  /** Schemes whose key came from the configuration: it must not vanish from there unnoticed either. */
  configuredKeys: z.array(z.string()).default([]),
});

export interface DataFolder {
  path: string;
  /** True when this call made the folder. */
  isNew: boolean;
  file(...name: string[]): string;
  has(name: string): boolean;
  /** From now on the folder is damaged without this file. Written after the file itself. */
  remember(name: string): void;
  /** Schemes that have been served with a key from the configuration. */
  configuredKeys(): readonly string[];
  rememberConfiguredKey(scheme: string): void;
  /** Things an operator should know, e.g. a folder open to other users. */
  warnings: string[];
  /** Lets other processes have the folder. */
  release(): void;
}

const inventoryName = "instance.json";

/**
 * Opens the data folder for this process alone, or makes it (0700). A folder with state but without its inventory, or
 * without a file the inventory names, throws `DamagedFolder` naming it; the absence of files in `except` is dealt with
 * elsewhere. Throws `FolderInUse` when another process has it.
 */
export function openDataFolder(path: string, except: readonly string[] = []): DataFolder {
  const inventoryPath = join(path, inventoryName);
  if (!existsSync(inventoryPath)) makeFolder(path, inventoryPath);
  const lock = lockFolder(path);
  try {
    const isNew = !existsSync(inventoryPath);
    if (isNew)
      writeInventory(inventoryPath, { version: 1, createdAt: new Date().toISOString(), files: [], configuredKeys: [] });
    const inventory = readJsonFile(inventoryPath, inventorySchema);
    const lost = inventory.files.find((name) => !except.includes(name) && !existsSync(join(path, name)));
    if (lost !== undefined) {
      throw new DamagedFolder(
        `${join(path, lost)} is missing. Put it back from a backup. Without it the devices it served cannot be ` +
          `checked; to give it up for good, remove its line from ${inventoryPath}.`,
      );
    }
    const remember = (list: "files" | "configuredKeys", name: string): void => {
      if (inventory[list].includes(name)) return;
      const longer = [...inventory[list], name];
      writeInventory(inventoryPath, { ...inventory, [list]: longer });
      inventory[list] = longer;
    };
    const open = statSync(path).mode & 0o077;
    return {
      path,
      isNew,
      warnings: open === 0 ? [] : [`${path} is open to other users of this machine: chmod 700 ${path}`],
      file: (...name) => join(path, ...name),
      has: (name) => inventory.files.includes(name),
      remember: (name) => remember("files", name),
      configuredKeys: () => inventory.configuredKeys,
      rememberConfiguredKey: (scheme) => remember("configuredKeys", scheme),
      release: () => lock.release(),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeFolder(path: string, inventoryPath: string): void {
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
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  mkdirSync(join(path, "keys"), { recursive: true, mode: 0o700 });
  syncFolder(join(path, ".."));
}

/** What a start that was interrupted before the inventory stood may leave. */
const harmless = /^(?:keys|connack\.lock.*|connack\.sock|lost\+found|instance\.json\..*\.tmp)$/;

type Inventory = z.infer<typeof inventorySchema>;

function writeInventory(path: string, inventory: Inventory): void {
  writeFileDurably(path, `${JSON.stringify(inventory, null, 2)}\n`);
}
