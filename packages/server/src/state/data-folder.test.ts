import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openDataFolder } from "./data-folder.ts";
import { FolderInUse } from "./folder-lock.ts";
import { DamagedFolder } from "./read-json-file.ts";
import { writeFileDurably } from "./write-file-durably.ts";

const folders: string[] = [];

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "connack-folder-"));
  folders.push(folder);
  return join(folder, "data");
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("openDataFolder", () => {
  it("makes a folder that only its owner may open, and knows it again", () => {
    const path = place();
    const first = openDataFolder(path);
    expect(first.isNew).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "instance.json")).mode & 0o777).toBe(0o600);
    first.release();
    const second = openDataFolder(path);
    expect([second.isNew, second.warnings]).toEqual([false, []]);
    second.release();
  });

  it("is for one process, and free again after release", () => {
    const path = place();
    const first = openDataFolder(path);
    expect(() => openDataFolder(path)).toThrow(FolderInUse);
    first.release();
    openDataFolder(path).release();
  });

  it("refuses a folder that has lost a file it should have, by name, and does not keep the lock", () => {
    const path = place();
    const folder = openDataFolder(path);
    writeFileDurably(folder.file("keys", "jwt-1.json"), "{}");
    folder.remember("keys/jwt-1.json");
    folder.release();
    rmSync(join(path, "keys/jwt-1.json"));
    expect(() => openDataFolder(path)).toThrow(/keys\/jwt-1\.json is missing/);
    openDataFolder(path, ["keys/jwt-1.json"]).release();
  });

  it.each(["registry.db", "keys/hmac-1.json", "anything"])("refuses a folder with %s but no inventory", (name) => {
    const path = place();
    mkdirSync(join(path, "keys"), { recursive: true });
    writeFileSync(join(path, name), "x");
    expect(() => openDataFolder(path)).toThrow(DamagedFolder);
    expect(existsSync(join(path, "instance.json"))).toBe(false);
  });

  it.each(["", "{", "[]", '{"version":2,"createdAt":"2026-01-01T00:00:00Z","files":[]}'])(
    "refuses the inventory %j",
    (content) => {
      const path = place();
      openDataFolder(path).release();
      writeFileSync(join(path, "instance.json"), content);
      expect(() => openDataFolder(path)).toThrow(DamagedFolder);
    },
  );

  it("goes on after a start that was killed before the inventory stood", () => {
    const path = place();
    mkdirSync(join(path, "keys"), { recursive: true });
    writeFileSync(join(path, "instance.json.abc.tmp"), "{");
    const folder = openDataFolder(path);
    expect(folder.isNew).toBe(true);
    folder.release();
  });

  it("closes an empty folder to others, and warns when it was opened later", () => {
    const path = place();
    mkdirSync(path, { mode: 0o755 });
    openDataFolder(path).release();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o755);
    const folder = openDataFolder(path);
    expect(folder.warnings).toEqual([expect.stringContaining("chmod 700")]);
    folder.release();
  });
});
