import type { Worker } from "node:worker_threads";
import { vi } from "vitest";

/**
 * The threads that were started, last one last. In a test file:
 * `vi.mock("../registry/sqlite/start-thread.ts", async (original) => recordThreads(await original()));`
 */
export const threads: Worker[] = [];

export function recordThreads(original: object): object {
  const { startThread } = original as { startThread(...given: unknown[]): Worker };
  return {
    startThread: vi.fn((...given: unknown[]) => {
      const worker = startThread(...given);
      threads.push(worker);
      return worker;
    }),
  };
}
