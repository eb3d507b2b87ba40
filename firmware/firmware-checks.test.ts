import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("check/run-checks.sh", import.meta.url));

/** The portable core, by the checks that also run without npm. */
describe("firmware/check/run-checks.sh", () => {
  it.each(["unit", "unit32", "cross", "tidy", "fuzz"])("%s", { timeout: 10 * 60_000 }, async (part) => {
    const { stdout } = await run(script, [part], { maxBuffer: 1 << 24 }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
    expect(stdout.trim(), "one line, which says what was checked").toMatch(new RegExp(`^${part}: .+$`));
    process.stdout.write(stdout);
  });
});
