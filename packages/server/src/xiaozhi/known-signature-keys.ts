import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../config/load-config.ts";
import { configuredKeys } from "../provisioning/configured-keys.ts";
import { keyRecordSchema } from "../provisioning/key-record.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { readJsonFile } from "../state/read-json-file.ts";

/** A key that xiaozhi credentials are checked with. `key` is secret. */
export interface SignatureKey {
  id: string;
  key: string;
  generation: number;
}

/**
 * The keys Connack checks xiaozhi credentials with, the one it issues with first. Read beside a running server: files
 * of the data folder are replaced, never written in place. Throws `DamagedFolder` for a key file that is none.
 */
export function knownSignatureKeys(loaded: LoadedConfig): SignatureKey[] {
  const records = configuredKeys(loaded, new Date(0)).map(({ record }) => record);
  const folder = join(dataFolderPath(loaded.config.dataDir), "keys");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  records.push(...files.sort().map((name) => readJsonFile(join(folder, name), keyRecordSchema)));
  return records
    .filter(({ scheme }) => scheme === "xiaozhi-hmac")
    .flatMap(({ id, generation, secret }) => (secret === undefined ? [] : [{ id, generation, key: secret }]))
    .sort((a, b) => b.generation - a.generation);
}
