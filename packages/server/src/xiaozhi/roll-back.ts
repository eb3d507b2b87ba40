import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { OperationError } from "../operations/operation.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { removeAbandonedCopies } from "./abandoned-copies.ts";
import { type BackupRecord, hashOf, listBackups, readBackupRecord } from "./backups.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { checkReplaceable, createFile, replaceFile } from "./replace-file.ts";

export interface RolledBack {
  /** The backup that is in the file now. */
  backup: string;
  /** False when the file had that content already. */
  changed: boolean;
  /** Where the content went that nobody had a backup of; only with `force`. */
  keptAt?: string;
}

/**
 * Puts a backup back, the newest unless one is named. Throws `OperationError` when the file is not as `apply` left it,
 * unless `force`: the content of then is kept beside it.
 */
export async function rollBack(
  name: string,
  options: { backup?: string; force: boolean; now: Date },
): Promise<RolledBack> {
  const file = readConfigFile(name);
  const backup = options.backup === undefined ? newestOf(file) : resolve(options.backup);
  const content = contentOf(backup);
  await removeAbandonedCopies(file.path, options.now.getTime());
  if (content.equals(file.bytes)) return { backup, changed: false };
  await checkReplaceable(file.path, file.stats);
  const isOurs = recordOf(backup, content)?.after === hashOf(file.bytes);
  if (!isOurs && !options.force) {
    throw new OperationError(
      "not_as_applied",
      `${name} is not as connack xiaozhi apply left it: it was changed since, and that would be lost`,
      `look at both, then add --force; the content of now is kept beside it`,
    );
  }
  const keptAt = isOurs ? undefined : await keep(file, options.now);
  await replaceFile(file.path, file.stats, content, file.bytes);
  return { backup, changed: true, ...(keptAt !== undefined && { keptAt }) };
}

function newestOf(file: ConfigFile): string {
  const [newest] = listBackups(file.path);
  if (newest !== undefined) return newest;
  throw new OperationError("no_backup", `there is no backup of ${file.name} beside it`, "name one with --backup");
}

function contentOf(backup: string): Buffer {
  try {
    return readFileSync(backup);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperationError(
      "bad_input",
      `the backup ${backup} cannot be read (${code})`,
      "name another with --backup",
    );
  }
}

/** `undefined` for a backup whose note is lost or belongs to other content: then nothing is known of it. */
function recordOf(backup: string, content: Buffer): BackupRecord | undefined {
  try {
    const record = readBackupRecord(backup);
    return record.before === hashOf(content) ? record : undefined;
  } catch (error) {
    if (error instanceof DamagedFolder || typeof (error as NodeJS.ErrnoException).code === "string") return undefined;
    throw error;
  }
}

async function keep(file: ConfigFile, now: Date): Promise<string> {
  const path = `${file.path}.before-rollback-${now.toISOString().replace(/[-:.]/g, "")}`;
  await createFile(path, file.stats, file.bytes);
  return path;
}
