import { Worker, type WorkerOptions } from "node:worker_threads";
import { threadOptions } from "./thread-options.ts";

/**
 * Starts a worker thread: the compiled file, or under tsx and vitest the source. Node 20 reads no TypeScript, and
 * `--import tsx` has no effect in a worker there, so the thread is started with two lines that load tsx first.
 * @param file without its ending
 */
export function startThread(file: URL, given: WorkerOptions): Worker {
  const options = threadOptions(given);
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(`${file.href}.js`), options);
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const source = JSON.stringify(`${file.href}.ts`);
  const lines = `import { register } from ${tsx}; register(); await import(${source});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(lines)}`), options);
}
