import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadedConfig } from "../config/load-config.ts";
import type { BackupProgress } from "../operations/backup-operations.ts";
import { OperationError } from "../operations/operation.ts";
import { isCopyName } from "../state/backup/abandoned-copies.ts";
import { BackupProblem } from "../state/backup/backup-problem.ts";
import { dataFolderPath, UnusableFolder } from "../state/data-folder-path.ts";
import { askServer } from "./ask-server.ts";
import { whenFolderIsFree } from "./when-folder-is-free.ts";

export interface SnapshotRequest {
  withAudit: boolean;
  signal: AbortSignal;
  onProgress(doneBytes: number, totalBytes: number): void;
}

/** A whole copy of the data folder, for as long as it is used. */
export interface WholeSnapshot {
  path: string;
  /** What lies in the data folder and is not Connack's. */
  leftOut: readonly string[];
}

/** Time between two questions how far a copy is, and between two that only keep it. */
const everyMs = { asking: 200, keeping: 10_000 };
const answerWithinMs = 30_000;

/**
 * Has a copy of the data folder made – by the server that runs on it, or here with the folder locked – and deletes it
 * after its use. Throws `OperationError`, `BackupProblem`, `UnusableFolder`, `DamagedFolder`, `FolderInUse`.
 */
export async function useSnapshot<Value>(
  loaded: LoadedConfig,
  request: SnapshotRequest,
  use: (snapshot: WholeSnapshot) => Promise<Value>,
): Promise<Value> {
  const folder = dataFolderPath(loaded.config.dataDir);
  return whenFolderIsFree(async () => {
    const begun = await askServer(folder, "backup.begin", { audit: request.withAudit }, answerWithinMs);
    if (begun) return useServers(folder, (begun.value as { name: string }).name, request, use);
    if (!existsSync(join(folder, "instance.json"))) {
      throw new UnusableFolder(`no data folder at ${folder}: name it with --data`);
    }
    return useOwn(folder, request, use);
  });
}

async function useServers<Value>(
  folder: string,
  name: string,
  { signal, onProgress }: SnapshotRequest,
  use: (snapshot: WholeSnapshot) => Promise<Value>,
): Promise<Value> {
  if (!isCopyName(name)) throw new OperationError("bad_answer", "the server's answer could not be read");
  const path = join(folder, name);
  const look = async (): Promise<BackupProgress> => {
    const answer = await askServer(folder, "backup.look", { name }, answerWithinMs);
    if (answer) return answer.value as BackupProgress;
    throw new OperationError("no_answer", "the server went away before the copy was whole", "run it again");
  };
  let keeping: NodeJS.Timeout | undefined;
  try {
    let progress = await look();
    while (!progress.ready) {
      onProgress(progress.doneBytes, progress.totalBytes);
      await sleep(everyMs.asking, undefined, { signal });
      progress = await look();
    }
    // A server that goes away now leaves the copy where it is; one that deletes it makes `use` fail.
    keeping = setInterval(() => void look().catch(() => {}), everyMs.keeping);
    return await use({ path, leftOut: progress.leftOut ?? [] });
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    clearInterval(keeping);
    await askServer(folder, "backup.end", { name }, answerWithinMs).catch(() => undefined); // given up already
    await rm(path, { recursive: true, force: true });
  }
}

/** Without the house: nothing is brought to a newer schema, so that the program before an upgrade can read the backup. */
async function useOwn<Value>(
  path: string,
  { withAudit, signal, onProgress }: SnapshotRequest,
  use: (snapshot: WholeSnapshot) => Promise<Value>,
): Promise<Value> {
  const [{ openDataFolder }, { takeSnapshot }] = await Promise.all([
    import("../state/data-folder.ts"),
    import("../state/backup/take-snapshot.ts"),
  ]);
  const folder = await openDataFolder(path);
  try {
    const snapshot = takeSnapshot({ folder: path, withAudit, whileKeysStay: (task) => task() });
    // Its thread alone would not keep this process.
    const asking = setInterval(() => {
      const { doneBytes, totalBytes } = snapshot.progress();
      onProgress(doneBytes, totalBytes);
    }, everyMs.asking);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(interrupted()), { once: true });
    });
    try {
      const { leftOut } = await Promise.race([snapshot.finished, aborted]);
      clearInterval(asking);
      return await use({ path: snapshot.path, leftOut });
    } catch (error) {
      throw signal.aborted ? interrupted() : error;
    } finally {
      clearInterval(asking);
      await snapshot.discard();
    }
  } finally {
    await folder.release();
  }
}

function interrupted(): BackupProblem {
  return new BackupProblem("interrupted", "interrupted: no backup was written");
}
