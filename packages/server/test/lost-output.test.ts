import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunResult, removeFolder, run, runConnack, temporaryFolder } from "./run-connack.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  await runConnack(["device", "add", "sensor-1"], { cwd: folder });
});
afterAll(() => removeFolder(folder));

/** Runs `connack <words>` with this behind it, in a shell; the code is that of connack. */
function shell(words: string, behind: string): Promise<RunResult> {
  const line = `{ "${process.execPath}" "${entry}" ${words}; echo "code $?" >&2; } ${behind}`;
  return run("/bin/sh", ["-c", line], { cwd: folder, env: { PATH: process.env.PATH ?? "" } });
}

describe("output that cannot be written", () => {
  it.each(["config show --all --json", "device list"])("a reader that goes is no error: %s", async (words) => {
    expect((await shell(words, "| true")).stderr).toBe("code 0\n");
  });

  it("a refusal stays one without a reader", async () => {
    const words = "credential explain wrong --client-id x --username x";
    expect((await shell(words, "| true")).stderr).toBe("code 1\n");
  });

  it.runIf(existsSync("/dev/full")).each(["device list", "--help", "--version", "device add --help"])(
    "a full disk ends with 74 and one line: %s",
    async (words) => {
      const { stderr } = await shell(words, "> /dev/full");
      expect(stderr).toBe("connack: the output cannot be written (ENOSPC)\ncode 74\n");
    },
  );
});
