import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const compiledThreads = fileURLToPath(new URL("packages/server/src/testing/start-compiled-thread.ts", import.meta.url));

/**
 * What replaces modules, or counts what a process holds, needs one of its own; all others share, as loading the server costs
 * more than most tests.
 */
const alone = readdirSync("packages", { recursive: true, encoding: "utf8" })
  .filter((file) => /^[^/]+\/src\/.*\.test\.ts$/.test(file))
  .map((file) => join("packages", file))
  .filter((file) => /\bvi\.(?:mock|doMock)\(|getActiveResourcesInfo/.test(readFileSync(file, "utf8")));

/** `npm test`: every package from source, real processes and threads from the build; and the firmware. */
export default defineConfig({
  resolve: {
    conditions: ["source"],
    alias: [{ find: /^.*\/start-thread\.ts$/, replacement: compiledThreads }],
  },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    globalSetup: ["scripts/build-before-tests.ts"],
    reporters: ["default", "./scripts/count-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    pool: "forks",
    // Most tests wait for processes and sockets: three files at a time, also on fewer cores.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: "beside the source",
          include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: alone,
          isolate: false,
        },
      },
      { extends: true, test: { name: "a process of its own", include: alone } },
      { extends: true, test: { name: "as it is used", include: ["packages/*/test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "firmware",
          include: ["firmware/*.test.ts"],
          setupFiles: ["firmware/tests-in-the-loop/check-programs.ts"],
        },
      },
    ],
  },
});
