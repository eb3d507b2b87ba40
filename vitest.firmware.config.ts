import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** `npm run test:firmware`: the firmware's own checks, and its programs against real brokers. Wants the compilers of docs/firmware.md. */
const firmware = mergeConfig(base, defineConfig({}));
export default { ...firmware, test: { ...firmware.test, include: ["firmware/*.test.ts"] } };
