import type { WorkerOptions } from "node:worker_threads";

/**
 * The young generation of a thread's heap, all of it: left alone it grows to 48 MB, for messages that live for
 * milliseconds.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 6 } as const;

/** What a thread is started with: what was asked for, in bounded memory. */
export function threadOptions(given: WorkerOptions): WorkerOptions {
  return { ...given, resourceLimits: { ...resourceLimits, ...given.resourceLimits } };
}
