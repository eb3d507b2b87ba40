import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockFolder } from "../src/state/folder-lock.ts";
import { removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const cli = (...args: string[]) => runConnack(args, { cwd: folder });

it("a misspelt folder is not made by a command that only looks", async () => {
  const { code, stdout, stderr } = await cli("device", "list", "--data", "typo");
  expect([code, stdout]).toEqual([78, ""]);
  expect(stderr).toContain(`no data folder at ${join(folder, "typo")}: run connack serve first`);
  expect((await cli("config", "show", "--data", "typo")).code).toBe(0);
  expect(existsSync(join(folder, "typo"))).toBe(false);
});

it.each(["serve", "status"])("a file or too long a path ends %s with 78", async (command) => {
  writeFileSync(join(folder, "file"), "");
  for (const [name, text] of [
    ["file", "is a file"],
    ["d".repeat(120), "control socket is longer than"],
  ] as const) {
    const { code, stderr } = await cli(command, "--data", name);
    expect([code, stderr]).toEqual([78, expect.stringContaining(text)]);
    expect(stderr).not.toContain("    at ");
  }
});

it.runIf(process.platform === "linux")("where no folder can be made, serve ends with 78 and says so", async () => {
  const { code, stderr } = await cli("serve", "--data", "/proc/connack");
  expect([code, stderr]).toEqual([78, expect.stringMatching(/no folder can be made in \/proc: .*--data/)]);
});

it("the lines to paste name a folder that is not the default, and the configuration file, absolutely", async () => {
  writeFileSync(join(folder, "my.yaml"), "");
  const server = await startConnack({
    folder,
    env: { CONNACK_DATA: "else where" },
    args: ["--config", "my.yaml"],
  });
  const flags = `--command --config ${join(folder, "my.yaml")} --data '${join(folder, "else where")}' | sh`;
  await expect.poll(() => server.output().stderr).toContain(flags);
  const { stdout } = await cli("status", "--data", "else where", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ dataDir: join(folder, "else where") });
  await server.kill("SIGTERM");
});

it("serve waits for a short command that has the folder", async () => {
  expect((await cli("device", "add", "sensor-1")).code).toBe(0);
  const lock = lockFolder(join(folder, "connack-data"));
  setTimeout(() => lock.release(), 1500);
  const server = await startConnack({ folder });
  expect(await server.kill("SIGTERM")).toBe(0);
});
