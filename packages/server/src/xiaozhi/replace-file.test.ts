import {
  chmodSync,
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { removeAbandonedCopies } from "./abandoned-copies.ts";
import { applyChange } from "./apply-change.ts";
import { hashOf, listBackups, readBackupRecord } from "./backups.ts";
import { readConfigFile } from "./config-file.ts";
import { checkReplaceable, createFile, replaceFile } from "./replace-file.ts";

let folder: string;
let name: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-xiaozhi-"));
  name = join(folder, ".config.yaml");
  writeFileSync(name, "a: 1\n", { mode: 0o640 });
  chmodSync(name, 0o640);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const now = new Date("2026-01-02T03:04:05.678Z");

it("keeps mode and owner, and leaves nothing else behind", async () => {
  // Only root can give a file away; what is root's then is the other user's again
  if (process.getuid?.() === 0) chownSync(name, 12_345, 12_346);
  const before = statSync(name);
  const { stats, bytes } = readConfigFile(name);
  await replaceFile(name, stats, Buffer.from("b: 2\n"), bytes);
  const { mode, uid, gid } = statSync(name);
  expect([readFileSync(name, "utf8"), mode, uid, gid]).toEqual(["b: 2\n", before.mode, before.uid, before.gid]);
  expect(readdirSync(folder)).toEqual([".config.yaml"]);
});

it("copies of a command that was killed go after a minute; what is another's stays", async () => {
  const copy = (start: string) => `${start}.0123456789ab.tmp`;
  const [old, young] = [copy(`${name}.connack-1.bak`), copy(name)];
  const others = [copy(join(folder, "other")), `${name}.tmp`, `${name}.0123456789ab`];
  for (const each of [old, young, ...others]) writeFileSync(each, "k: 1\n");
  for (const each of [old, ...others]) utimesSync(each, 1000, now.getTime() / 1000 - 61);
  utimesSync(young, 1000, now.getTime() / 1000 - 59);
  await removeAbandonedCopies(name, now.getTime());
  expect(readdirSync(folder).sort()).toEqual([name, young, ...others].map((each) => basename(each)).sort());
});

it("changes nothing when something else wrote to the file meanwhile; the backup is there all the same", async () => {
  const file = readConfigFile(name);
  writeFileSync(name, "c: 3\n");
  await expect(applyChange(file, "b: 2\n", now)).rejects.toMatchObject({ code: "changed_meanwhile" });
  expect(readFileSync(name, "utf8")).toBe("c: 3\n");
  const [backup = ""] = listBackups(name);
  expect(readFileSync(backup, "utf8")).toBe("a: 1\n");
  expect(readdirSync(folder).filter((each) => each.endsWith(".tmp"))).toEqual([]);
});

it("a backup has mode and content of the file, and a note of what it was made into", async () => {
  const backup = await applyChange(readConfigFile(name), "b: 2\n", now);
  expect(backup).toBe(`${name}.connack-20260102T030405Z.bak`);
  expect([statSync(backup).mode & 0o777, readFileSync(backup, "utf8")]).toEqual([0o640, "a: 1\n"]);
  expect(readBackupRecord(backup)).toEqual({
    version: 1,
    createdAt: now.toISOString(),
    before: hashOf(Buffer.from("a: 1\n")),
    after: hashOf(Buffer.from("b: 2\n")),
  });
});

it("two backups of one second have their names, and their order", async () => {
  const first = await applyChange(readConfigFile(name), "b: 2\n", now);
  const second = await applyChange(readConfigFile(name), "c: 3\n", now);
  expect(listBackups(name)).toEqual([second, first]);
});

it("never writes over a file that is there", async () => {
  const { stats } = readConfigFile(name);
  await expect(createFile(name, stats, "x")).rejects.toMatchObject({ code: "EEXIST" });
  expect([readFileSync(name, "utf8"), readdirSync(folder)]).toEqual(["a: 1\n", [".config.yaml"]]);
});

it("refuses a file of somebody else, a read-only one, and one with several names", async () => {
  const { stats } = readConfigFile(name);
  vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(stats.uid + 1);
  await expect(checkReplaceable(name, stats)).rejects.toThrow(/belongs to the user/);
  vi.restoreAllMocks();
  chmodSync(name, 0o440);
  await expect(checkReplaceable(name, statSync(name))).rejects.toThrow(/is read-only/);
  chmodSync(name, 0o640);
  linkSync(name, join(folder, "other"));
  await expect(checkReplaceable(name, statSync(name))).rejects.toThrow(/several names/);
});
