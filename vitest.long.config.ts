import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** `npm run test:long`: storms and soaks, run by hand. */
const long = mergeConfig(base, defineConfig({ test: { testTimeout: 30 * 60_000 } }));
export default { ...long, test: { ...long.test, include: ["packages/*/test-long/**/*.test.ts"] } };
