import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const compiledThreads = fileURLToPath(new URL("packages/server/src/testing/start-compiled-thread.ts", import.meta.url));

/** `npm test`: every package from source, real processes and threads from the build. */
export default defineConfig({
  resolve: {
    conditions: ["source"],
    alias: [{ find: /^.*\/start-thread\.ts$/, replacement: compiledThreads }],
  },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: ["scripts/build-before-tests.ts"],
    reporters: ["default", "./scripts/count-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    pool: "forks",
    // Most tests wait for processes and sockets: two files at a time, also on one core.
    maxWorkers: 2,
  },
});
