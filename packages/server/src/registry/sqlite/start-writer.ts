import type { Worker } from "node:worker_threads";
import { startThread } from "./start-thread.ts";
import type { WriterSettings } from "./writer-messages.ts";

/** Starts the writer thread of the registry. */
export function startWriter(workerData: WriterSettings): Worker {
  return startThread(new URL("./registry-writer", import.meta.url), { workerData, name: "registry-writer" });
}
