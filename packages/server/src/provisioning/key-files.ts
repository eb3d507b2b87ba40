import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import type { DataFolder } from "../state/data-folder.ts";
import { readJsonFile } from "../state/read-json-file.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";
import { type KeyRecord, keyRecordSchema } from "./key-record.ts";

/** Every key of the data folder. Throws `DamagedFolder` naming a file that cannot be read as a key. */
export function readKeyFiles(folder: DataFolder): KeyRecord[] {
  if (!existsSync(folder.file("keys"))) return [];
  const names = readdirSync(folder.file("keys")).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    const record = readJsonFile(folder.file("keys", name), keyRecordSchema);
    // A crash between writing a key and noting it leaves a key that nobody was told of: it is good, note it now.
    folder.remember(`keys/${name}`);
    return record;
  });
}

/** Stores a key; when this returns it survives a crash. Throws `ZodError` for what could not be read back. */
export function writeKeyFile(folder: DataFolder, record: KeyRecord): void {
  const name = `keys/${keyFileName(record.id)}`;
  writeFileDurably(folder.file(name), `${JSON.stringify(keyRecordSchema.parse(record), null, 2)}\n`);
  folder.remember(name);
}

/** An id comes from wherever the key comes from: it names a file only when it is harmless as a name. */
export function keyFileName(id: string): string {
  const harmless = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id);
  return `${harmless ? id : `kid-${createHash("sha256").update(id).digest("hex")}`}.json`;
}
