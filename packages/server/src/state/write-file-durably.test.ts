import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const calls: string[] = [];
vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof import("node:fs/promises")>();
  return {
    ...fs,
    open: async (path: string, flags: string, mode?: number) => {
      const handle = await fs.open(path, flags, mode);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        calls.push((await handle.stat()).isDirectory() ? "fsync folder" : "fsync file");
        await sync();
      };
      return handle;
    },
    rename: async (from: string, to: string) => {
      calls.push("rename");
      await fs.rename(from, to);
    },
    rm: async (path: string, options: object) => {
      calls.push("delete");
      await fs.rm(path, options);
    },
  };
});

const { removeFileDurably, writeFileDurably } = await import("./write-file-durably.ts");

let folder: string;
beforeEach(() => {
  calls.length = 0;
  folder = mkdtempSync(join(tmpdir(), "connack-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("syncs the file, renames, syncs the folder, in this order; the file is the owner's alone", async () => {
  const path = join(folder, "key.json");
  await writeFileDurably(path, "content");
  expect(calls).toEqual(["fsync file", "rename", "fsync folder"]);
  expect(readFileSync(path, "utf8")).toBe("content");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("leaves the old file and nothing else when writing fails", async () => {
  const path = join(folder, "target");
  writeFileSync(path, "old");
  await expect(writeFileDurably(join(path, "below-a-file"), "new")).rejects.toThrow("ENOTDIR");
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["target"]);
});

it("deletes, syncs the folder, in this order; a file that is not there is no error", async () => {
  const path = join(folder, "key.json");
  writeFileSync(path, "content");
  await removeFileDurably(path);
  expect(calls).toEqual(["delete", "fsync folder"]);
  expect(readdirSync(folder)).toEqual([]);
  await removeFileDurably(path);
});

it.each([
  ["writing", () => writeFileDurably(join(folder, "key.json"), "content")],
  ["deleting", () => removeFileDurably(join(folder, "key.json"))],
])("leaves the event loop its turns while the disk is %s", async (_, work) => {
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isDone = true;
  expect(turns).toBeGreaterThan(0); // synchronous calls would have let none happen
});
