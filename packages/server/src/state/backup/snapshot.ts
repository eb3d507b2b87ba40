import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type Database from "better-sqlite3";
import { NewerRegistry } from "../../registry/sqlite/migrate.ts";
import { inventorySchema } from "../data-folder.ts";
import { readJsonFile } from "../read-json-file.ts";
import { BackupProblem, orNoRoom } from "./backup-problem.ts";
import { checkDatabase, countRows, DatabaseDamage, describeRegistry, isDamage } from "./check-database.ts";
import { hashFile } from "./hash-file.ts";
import { dataPrefix, type Manifest, manifestName, newManifest } from "./manifest.ts";
import { type PinnedDatabase, pinDatabase } from "./pinned-database.ts";
import { databases, inventoryFile, listStateFiles } from "./state-files.ts";

export interface SnapshotSettings {
  /** The data folder. */
  folder: string;
  /** A folder to make, 0700: `manifest.json`, and below `connack-data` the files. */
  target: string;
  withAudit: boolean;
}

export interface PinnedSnapshot {
  /** Copies the databases, checks the copies, and writes the manifest. */
  finish(onProgress: (doneBytes: number, totalBytes: number) => void): Promise<{ leftOut: string[] }>;
}

/**
 * Fixes the moment of a backup: pins the registry and copies the small files. Keys must not change meanwhile, so that
 * every device of the registry finds the key it needs. Never opens a database but through SQLite: closing another
 * descriptor would drop the locks this process holds on it (fcntl(2)).
 *
 * This and `finish` throw `BackupProblem`, and what file system and SQLite throw beside.
 */
export function pinSnapshot({ folder, target, withAudit }: SnapshotSettings): PinnedSnapshot {
  const createdAt = new Date().toISOString(); // before the moment: what was acknowledged until then is in it
  const registry = asProblem("registry", () => pinDatabase(join(folder, databases.registry)));
  try {
    const inventory = readInventory(folder);
    const isLeftOut = (name: string) => name === databases.audit && !withAudit;
    const { files, leftOut } = listStateFiles(folder, inventory.files);
    const names = files.filter((name) => !isLeftOut(name));
    mkdirSync(join(target, dataPrefix), { recursive: true, mode: 0o700 });
    for (const name of names) {
      if (name === databases.registry || name === databases.audit) continue;
      // Without a file it names, the restored folder would count as damaged.
      const noted = { ...inventory, files: inventory.files.filter((each) => !isLeftOut(each)) };
      copySmallFile(folder, target, name, name === inventoryFile ? `${JSON.stringify(noted, null, 2)}\n` : undefined);
    }
    return { finish: (onProgress) => finish({ folder, target, names, leftOut, registry, createdAt }, onProgress) };
  } catch (error) {
    registry.close();
    throw orNoRoom(error, `the copy in ${folder} could not be written`);
  }
}

interface Pinned {
  folder: string;
  target: string;
  names: readonly string[];
  leftOut: string[];
  registry: PinnedDatabase;
  createdAt: string;
}

async function finish(
  { folder, target, names, leftOut, registry, createdAt }: Pinned,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<{ leftOut: string[] }> {
  const place = (name: string) => join(target, dataPrefix, name);
  let audit: PinnedDatabase | undefined;
  try {
    if (names.includes(databases.audit)) {
      audit = asProblem("audit", () => pinDatabase(join(folder, databases.audit)));
    }
    const total = registry.bytes + (audit?.bytes ?? 0);
    const awaited = asProblem("registry", () => registry.read(registryContent));
    await registry.copyTo(place(databases.registry), (bytes) => onProgress(bytes, total));
    registry.close();
    await audit?.copyTo(place(databases.audit), (bytes) => onProgress(registry.bytes + bytes, total));
    audit?.close();
    const content = asProblem("registry", () => checkDatabase(place(databases.registry), registryContent));
    if (!isDeepStrictEqual(content, awaited)) throw incomplete(databases.registry);
    if (audit !== undefined) asProblem("audit", () => checkDatabase(place(databases.audit), () => undefined));
    const files: Manifest["files"] = [];
    for (const name of names) files.push({ name, ...(await hashFile(place(name))) });
    const manifest = newManifest({
      createdAt,
      registry: content.described,
      keys: names.filter((name) => /^keys\/.*\.json$/.test(name)).length,
      configuredKeys: readInventory(join(target, dataPrefix)).configuredKeys,
      files,
    });
    writeFileSync(join(target, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { flag: "wx", mode: 0o600 });
    return { leftOut };
  } catch (error) {
    throw orNoRoom(error, `the copy in ${folder} could not be written`);
  } finally {
    registry.close();
    audit?.close();
  }
}

/** What the copy of a registry must have as the registry has it. */
function registryContent(db: Database.Database) {
  return { described: describeRegistry(db), rows: countRows(db) };
}

function incomplete(name: string): BackupProblem {
  return new BackupProblem(
    "copy_differs",
    `the copy of ${name} does not have as many devices and rows as ${name}: no backup was written`,
    "run it again; should it happen again, stop the server and back up without one",
  );
}

function readInventory(folder: string) {
  return readJsonFile(join(folder, inventoryFile), inventorySchema);
}

function copySmallFile(folder: string, target: string, name: string, content?: string): void {
  const copy = join(target, dataPrefix, name);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  if (!existsSync(join(folder, name))) {
    throw new BackupProblem("data_damaged", `${join(folder, name)} is missing`, "put it back from an earlier backup");
  }
  writeFileSync(copy, content ?? readFileSync(join(folder, name)), { flag: "wx", mode: 0o600 });
}

const advice = {
  registry: "put the registry back from an earlier backup: connack restore",
  audit: "connack backup <file> --without-audit leaves it out",
};

/** Does something with a database; damage and absence of it are told as what to do about them. */
function asProblem<Value>(which: keyof typeof databases, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    const name = databases[which];
    const { code } = error as NodeJS.ErrnoException;
    if (code === "SQLITE_CANTOPEN") throw new BackupProblem("data_damaged", `${name} is missing`, advice[which]);
    if (error instanceof NewerRegistry) throw new BackupProblem("data_damaged", error.message);
    if (error instanceof DatabaseDamage || isDamage(error))
      throw new BackupProblem(
        "data_damaged",
        `${name} is damaged: a backup of it would be worth nothing`,
        advice[which],
      );
    throw error;
  }
}
