import base from "./vitest.config.ts";

const { projects: _, ...test } = base.test ?? {};

/** `npm run test:long`: storms and soaks, run by hand. */
export default {
  ...base,
  test: { ...test, testTimeout: 30 * 60_000, include: ["packages/*/test-long/**/*.test.ts"] },
};
