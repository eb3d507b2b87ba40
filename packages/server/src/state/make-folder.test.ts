import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { UnusableFolder } from "./data-folder-path.ts";
import { makeFolder } from "./make-folder.ts";

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "connack-make-"));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

it("makes the folder and those above it, for the owner alone, and may be asked again", () => {
  const path = join(parent, "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path, 0o700);
  for (const each of ["a", "a/b", "a/b/c"]) expect(statSync(join(parent, each)).mode & 0o777).toBe(0o700);
});

it("says what the file system says", () => {
  writeFileSync(join(parent, "file"), "");
  symlinkSync(join(parent, "nowhere"), join(parent, "link"));
  expect(() => makeFolder(join(parent, "file"), 0o700)).toThrow(/EEXIST/);
  expect(() => makeFolder(join(parent, "file", "x"), 0o700)).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeFolder(join(parent, "link"), 0o700)).toThrow(/EEXIST/);
});

it.runIf(process.platform === "linux")("ends where no folder can be made, and says so", () => {
  for (const path of ["/proc/connack", "/proc/self/a/b"]) {
    expect(() => makeFolder(path, 0o700)).toThrow(UnusableFolder);
    expect(() => makeFolder(path, 0o700)).toThrow(/no folder can be made in \/proc.*--data/);
  }
});
