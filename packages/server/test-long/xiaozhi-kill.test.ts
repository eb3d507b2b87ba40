import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeFlags, ourBin } from "../../../bench/node-flags.ts";
import { type RunResult, removeFolder, run, temporaryFolder } from "../test/run-connack.ts";

const preload = fileURLToPath(new URL("kill-before-write.cjs", import.meta.url));
const key = `Aa${randomBytes(16).toString("hex")}`;
const original = `# of the kitchen\nserver:\n  mqtt_gateway: 'old.example.org:1883'\n  mqtt_signature_key: "${key}"\n`;
const changed = original.replace("old.example", "mqtt.example");

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, ".config.yaml");
  writeFileSync(file, original);
  chmodSync(file, 0o640);
});
afterEach(() => removeFolder(folder));

function xiaozhi(words: string[], killAt?: number): Promise<RunResult> {
  const dying = killAt === undefined ? [] : ["--require", preload];
  const { PATH = "", HOME = "" } = process.env;
  return run(process.execPath, [...nodeFlags(ourBin), ...dying, ourBin, "xiaozhi", ...words], {
    cwd: folder,
    env: { PATH, HOME, MQTT_SIGNATURE_KEY: key, ...(killAt !== undefined && { KILL_AT: String(killAt) }) },
  });
}
const apply = (killAt?: number) => xiaozhi(["apply", file, "--broker", "mqtt.example.org:1883"], killAt);
const rollback = (killAt?: number) => xiaozhi(["rollback", file], killAt);
const content = () => readFileSync(file, "utf8");

/** No file there is may have another content than the two, and none may be open to more people. */
function expectNothingHalf(): void {
  expect([original, changed]).toContain(content());
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).mode & 0o007, name).toBe(0);
    if (name.endsWith(".bak")) expect(readFileSync(join(folder, name), "utf8")).toBe(original);
    if (/\.connack-.*\.json$/.test(name))
      expect(() => JSON.parse(readFileSync(join(folder, name), "utf8"))).not.toThrow();
  }
}

/** Unfinished copies hold the key, too: the next command that runs a minute later takes them away. */
async function expectNoCopyStays(): Promise<void> {
  const copies = () => readdirSync(folder).filter((name) => name.endsWith(".tmp"));
  expect(copies().length).toBeGreaterThan(0);
  const before = Date.now() / 1000 - 61;
  for (const name of copies()) utimesSync(join(folder, name), before, before);
  expect((await apply()).code).toBe(0);
  expect(copies()).toEqual([]);
}

it("a killed apply leaves the old or the new file; run again it finishes, and rollback finds the way back", async () => {
  let killAt = 1;
  for (; ; killAt += 1) {
    const { code, stderr } = await apply(killAt);
    expectNothingHalf();
    if (code === 0) break;
    expect([code, stderr]).toEqual([null, ""]);
    expect((await apply()).code).toBe(0);
    expect(content()).toBe(changed);
    expect((await rollback()).code).toBe(0);
    expect(content()).toBe(original);
  }
  expect(killAt).toBeGreaterThan(18);
  await expectNoCopyStays();
}, 300_000);

it("a killed rollback leaves the old or the new file; run again it finishes", async () => {
  let killAt = 1;
  for (; ; killAt += 1) {
    expect((await apply()).code).toBe(0);
    const { code, stderr } = await rollback(killAt);
    expectNothingHalf();
    if (code === 0) break;
    expect([code, stderr]).toEqual([null, ""]);
    expect((await rollback()).code).toBe(0);
    expect(content()).toBe(original);
  }
  expect(killAt).toBeGreaterThan(6);
  await expectNoCopyStays();
}, 300_000);
