import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import type { DataFolder } from "../state/data-folder.ts";
import { readJsonFile } from "../state/read-json-file.ts";
import { removeFileDurably, writeFileDurably } from "../state/write-file-durably.ts";
import { type KeyRecord, keyRecordSchema } from "./key-record.ts";

/** A key of the data folder. */
export interface StoredKey {
  record: KeyRecord;
  /** Its file, relative to the folder. */
  name: string;
}

/** Every key of the data folder. Rejects with `DamagedFolder` naming a file that cannot be read as a key. */
export async function readKeyFiles(folder: DataFolder): Promise<StoredKey[]> {
  if (!existsSync(folder.file("keys"))) return [];
  const files = readdirSync(folder.file("keys")).filter((file) => file.endsWith(".json"));
  const stored = files.sort().map((file) => {
    return { record: readJsonFile(folder.file("keys", file), keyRecordSchema), name: `keys/${file}` };
  });
  // A crash between writing a key and noting it leaves a key that nobody was told of: it is good, note it now. One
  // between forgetting a key and deleting it leaves a key whose removal nobody was told of.
  for (const { name } of stored) await folder.remember(name);
  return stored;
}

/** Stores a key; when this resolves it survives a crash. */
export async function writeKeyFile(folder: DataFolder, record: KeyRecord): Promise<StoredKey> {
  const name = `keys/${keyFileName(record.id)}`;
  await writeFileDurably(folder.file(name), `${JSON.stringify(record, null, 2)}\n`);
  await folder.remember(name);
  return { record, name };
}

/** Deletes a key; when this resolves it does not come back after a crash, and when it rejects it is still there. */
export async function removeKeyFile(folder: DataFolder, { record, name }: StoredKey): Promise<void> {
  await folder.forgetKey(name, record); // first: a file that is noted and not there stops the next start
  try {
    await removeFileDurably(folder.file(name));
  } catch (error) {
    await folder.remember(name);
    throw error;
  }
}

/** An id comes from wherever the key comes from: it names a file only when it is harmless as a name. */
function keyFileName(id: string): string {
  const harmless = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id);
  return `${harmless ? id : `kid-${createHash("sha256").update(id).digest("hex")}`}.json`;
}
