import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * In place of `registry/sqlite/start-thread.ts` in tests: the compiled file, where that loads a compiler into each thread.
 * A test starts hundreds of them, and the build is made before the first.
 */
export function startThread(file: URL, options: WorkerOptions): Worker {
  return new Worker(new URL(`${file.href.replace("/src/", "/dist/")}.js`), options);
}
