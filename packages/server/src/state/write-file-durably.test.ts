import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const calls: string[] = [];
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    fsyncSync: (file: number) => {
      calls.push(fs.fstatSync(file).isDirectory() ? "fsync folder" : "fsync file");
      fs.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      calls.push("rename");
      fs.renameSync(from, to);
    },
  };
});

const { writeFileDurably } = await import("./write-file-durably.ts");

let folder: string;
beforeEach(() => {
  calls.length = 0;
  folder = mkdtempSync(join(tmpdir(), "connack-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("syncs the file, renames, syncs the folder, in this order; the file is the owner's alone", () => {
  const path = join(folder, "key.json");
  writeFileDurably(path, "content");
  expect(calls).toEqual(["fsync file", "rename", "fsync folder"]);
  expect(readFileSync(path, "utf8")).toBe("content");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("leaves the old file and nothing else when writing fails", () => {
  const path = join(folder, "target");
  writeFileSync(path, "old");
  expect(() => writeFileDurably(join(path, "below-a-file"), "new")).toThrow();
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["target"]);
});
