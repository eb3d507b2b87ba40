import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { DamagedFolder, type DataFolder } from "../state/data-folder.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";
import { type KeyRecord, keyRecordSchema } from "./key-record.ts";

/** Every key of the data folder. Throws `DamagedFolder` naming a file that cannot be read as a key. */
export function readKeyFiles(folder: DataFolder): KeyRecord[] {
  if (!existsSync(folder.file("keys"))) return [];
  const names = readdirSync(folder.file("keys")).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    const record = readKeyFile(folder.file("keys", name));
    // A crash between writing a key and noting it leaves a key that nobody was told of: it is good, note it now.
    folder.remember(`keys/${name}`);
    return record;
  });
}

function readKeyFile(path: string): KeyRecord {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new DamagedFolder(`${path} is not readable JSON. Put it back from a backup.`);
    throw error;
  }
  const parsed = keyRecordSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || issue.message).join(", ");
  throw new DamagedFolder(`${path} is not a key (${where}). Put it back from a backup.`);
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
