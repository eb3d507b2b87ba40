import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { threadOptions } from "./thread-options.ts";

it("bounds the young generation of a thread's heap, and leaves what was asked for", async () => {
  const asked = { workerData: 7, eval: true, resourceLimits: { stackSizeMb: 3 } };
  const program =
    "const { parentPort, workerData } = require('node:worker_threads'); parentPort.postMessage(workerData)";
  const worker = new Worker(program, threadOptions(asked));
  const told = once(worker, "message");
  const ended = once(worker, "exit");
  await once(worker, "online");
  expect(worker.resourceLimits).toMatchObject({ maxYoungGenerationSizeMb: 6, stackSizeMb: 3 });
  expect(await told).toEqual([7]);
  await ended;
  expect(threadOptions({ resourceLimits: { maxYoungGenerationSizeMb: 2 } })).toEqual({
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
});
