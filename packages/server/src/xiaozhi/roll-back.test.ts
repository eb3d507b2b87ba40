import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { applyChange } from "./apply-change.ts";
import { listBackups } from "./backups.ts";
import { readConfigFile } from "./config-file.ts";
import { planChange } from "./plan-change.ts";
import { rollBack } from "./roll-back.ts";
import { serverFiles } from "./testing/server-files.ts";

let folder: string;
let name: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-xiaozhi-"));
  name = join(folder, ".config.yaml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = new Date("2026-01-02T03:04:05Z");
const apply = (host: string) => {
  const file = readConfigFile(name);
  const { text } = planChange(file.text, { file: name, gateway: { host, port: 1883 }, keys: [], writeKey: false });
  return applyChange(file, text, now);
};

it("brings back every byte, and the mode, of any file", async () => {
  await fc.assert(
    fc.asyncProperty(serverFiles, fc.constantFrom(0o600, 0o640, 0o644), async ({ text }, mode) => {
      for (const each of readdirSync(folder)) unlinkSync(join(folder, each));
      writeFileSync(name, text);
      chmodSync(name, mode);
      await apply("mqtt.example.org");
      expect(readFileSync(name, "utf8")).not.toBe(text);
      expect(await rollBack(name, { force: false, now })).toMatchObject({ changed: true });
      expect([readFileSync(name).equals(Buffer.from(text)), statSync(name).mode & 0o777]).toEqual([true, mode]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

it("a backup whose note is lost, or that was changed itself, is put back with --force only", async () => {
  writeFileSync(name, "server:\n  ip: x\n");
  const backup = await apply("a.example.org");
  unlinkSync(backup.replace(/bak$/, "json"));
  await expect(rollBack(name, { force: false, now })).rejects.toMatchObject({ code: "not_as_applied" });
  expect(await rollBack(name, { force: true, now })).toMatchObject({ changed: true });
  await apply("b.example.org");
  const [newest = ""] = listBackups(name);
  writeFileSync(newest, "server:\n  ip: somewhere else\n");
  await expect(rollBack(name, { force: false, now })).rejects.toMatchObject({ code: "not_as_applied" });
});

it("after a crash between backup and change there is nothing to bring back", async () => {
  writeFileSync(name, "server:\n  ip: x\n");
  const before = readFileSync(name);
  await apply("a.example.org");
  writeFileSync(name, before);
  expect(await rollBack(name, { force: false, now })).toMatchObject({ changed: false });
});
