import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { DamagedFolder } from "../read-json-file.ts";
import { BackupProblem } from "./backup-problem.ts";
import { pinSnapshot, type SnapshotSettings } from "./snapshot.ts";
import type { FromSnapshot, SnapshotFailure } from "./snapshot-messages.ts";

/** The thread that takes one snapshot, so that neither decisions nor the registry's writer wait for it. */
const port = parentPort;
if (port === null) throw new Error("snapshot-thread runs as a worker thread only");
const tell = (message: FromSnapshot) => port.postMessage(message);

tell({ type: "loaded" });
await once(port, "message");
try {
  const pinned = pinSnapshot(workerData as SnapshotSettings);
  tell({ type: "pinned" });
  const { leftOut } = await pinned.finish((doneBytes, totalBytes) => tell({ type: "progress", doneBytes, totalBytes }));
  tell({ type: "finished", leftOut });
} catch (error) {
  tell({ type: "failed", error: failureOf(error) });
}
port.close();

function failureOf(error: unknown): SnapshotFailure {
  if (error instanceof BackupProblem) return { problem: error.code, message: error.message, next: error.next };
  if (error instanceof DamagedFolder) return { damagedFolder: error.message };
  if (!(error instanceof Error)) return { unexpected: typeof error };
  return { unexpected: "code" in error ? `${error.name} ${String(error.code)}` : error.name };
}
