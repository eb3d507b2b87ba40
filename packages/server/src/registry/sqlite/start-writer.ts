import { Worker, type WorkerOptions } from "node:worker_threads";
import type { WriterSettings } from "./writer-messages.ts";

/**
 * Starts the writer thread: the compiled file, or under tsx and vitest the source. Node 20 reads no TypeScript, and
 * `--import tsx` has no effect in a worker there, so the thread is started with two lines that load tsx first.
 */
export function startWriter(workerData: WriterSettings): Worker {
  const options: WorkerOptions = { workerData, name: "registry-writer" };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./registry-writer.js", import.meta.url), options);
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const source = JSON.stringify(new URL("./registry-writer.ts", import.meta.url));
  const lines = `import { register } from ${tsx}; register(); await import(${source});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(lines)}`), options);
}
