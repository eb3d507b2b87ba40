import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startThread } from "../../registry/sqlite/start-thread.ts";
import { DamagedFolder } from "../read-json-file.ts";
import { newCopyName } from "./abandoned-copies.ts";
import { BackupProblem, orNoRoom } from "./backup-problem.ts";
import type { SnapshotSettings } from "./snapshot.ts";
import { type FromSnapshot, pinNow, type SnapshotFailure } from "./snapshot-messages.ts";

export interface SnapshotOptions {
  /** A data folder that this process has locked. */
  folder: string;
  withAudit: boolean;
  /** Does a task while no key is added or removed. */
  whileKeysStay<Value>(task: () => Promise<Value>): Promise<Value>;
}

/** A consistent copy of a data folder that is being made in it, for the owner alone. */
export interface Snapshot {
  /** Name of the copy's folder, below the data folder. */
  name: string;
  path: string;
  progress(): { doneBytes: number; totalBytes: number };
  /** Names of what lies in the data folder and is not Connack's. Rejects with `BackupProblem` or `DamagedFolder`. */
  finished: Promise<{ leftOut: string[] }>;
  /** Stops, where it is not finished, and deletes the copy. */
  discard(): Promise<void>;
}

/** Begins to copy, in a thread of its own. Throws `BackupProblem` `no_room`, and what the file system throws. */
export function takeSnapshot({ folder, withAudit, whileKeysStay }: SnapshotOptions): Snapshot {
  const name = newCopyName("backup");
  const path = join(folder, name);
  makeCopyFolder(path);
  const workerData: SnapshotSettings = { folder, target: path, withAudit };
  const thread = startThread(new URL("./snapshot-thread", import.meta.url), { workerData, name: "snapshot" });
  thread.unref(); // whoever waits for it keeps the process; a server that stops does not wait
  let progress = { doneBytes: 0, totalBytes: 0 };
  const { promise: loaded, resolve: setLoaded } = withResolvers<void>();
  const { promise: pinned, resolve: setPinned } = withResolvers<void>();
  const { promise: copied, resolve: setCopied, reject: fail } = withResolvers<{ leftOut: string[] }>();
  thread.on("message", (message: FromSnapshot) => {
    if (message.type === "loaded") setLoaded();
    else if (message.type === "pinned") setPinned();
    else if (message.type === "progress") progress = message;
    else if (message.type === "finished") setCopied(message);
    else fail(errorOf(message.error));
  });
  thread.on("error", fail);
  thread.on("exit", () => fail(new BackupProblem("interrupted", "the backup was broken off")));
  const run = async () => {
    await Promise.race([loaded, copied]);
    await whileKeysStay(async () => {
      thread.postMessage(pinNow);
      await Promise.race([pinned, copied]);
    });
    const { leftOut } = await copied;
    return { leftOut: leftOut.filter((each) => each !== name) };
  };
  const finished = run();
  finished.catch(() => {}); // told to whoever asks for it
  return {
    name,
    path,
    progress: () => ({ doneBytes: progress.doneBytes, totalBytes: progress.totalBytes }),
    finished,
    async discard() {
      await thread.terminate();
      await rm(path, { recursive: true, force: true });
    },
  };
}

function makeCopyFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw orNoRoom(error, `no folder for the copy could be made in the data folder`);
  }
}

function errorOf(failure: SnapshotFailure): Error {
  if ("problem" in failure) return new BackupProblem(failure.problem, failure.message, failure.next);
  if ("damagedFolder" in failure) return new DamagedFolder(failure.damagedFolder);
  return new Error(`the backup failed: ${failure.unexpected}`);
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((succeed, fail) => {
    resolve = succeed;
    reject = fail;
  });
  return { promise, resolve, reject };
}
