import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
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
  it("makes a folder that only its owner may open, and knows it again", async () => {
    const path = place();
    const first = await openDataFolder(path);
    expect(first.isNew).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "instance.json")).mode & 0o777).toBe(0o600);
    await first.release();
    const second = await openDataFolder(path);
    expect([second.isNew, second.warnings]).toEqual([false, []]);
    await second.release();
  });

  it("is for one process, and free again after release", async () => {
    const path = place();
    const first = await openDataFolder(path);
    await expect(openDataFolder(path)).rejects.toThrow(FolderInUse);
    await first.release();
    await (await openDataFolder(path)).release();
  });

  it("takes away what a process that was killed had begun to write, and nothing else", async () => {
    const path = place();
    await (await openDataFolder(path)).release();
    const unfinished = ["instance.json", "access-tokens.json", "broker-token", "keys/jwt-1.json", "keys/a.b.json"];
    for (const name of unfinished) writeFileSync(join(path, `${name}.0123456789ab.tmp`), "x");
    mkdirSync(join(path, "backup.0123456789ab.tmp"));
    const others = ["mine.tar.gz.0123456789ab.tmp", "instance.json.tmp"];
    for (const name of others) writeFileSync(join(path, name), "x");
    await (await openDataFolder(path)).release();
    const left = [...readdirSync(path), ...readdirSync(join(path, "keys"))].filter((name) => name.endsWith(".tmp"));
    expect(left.sort()).toEqual([...others].sort());
  });

  it("refuses a folder that has lost a file it should have, by name, and does not keep the lock", async () => {
    const path = place();
    const folder = await openDataFolder(path);
    await writeFileDurably(folder.file("keys", "jwt-1.json"), "{}");
    await folder.remember("keys/jwt-1.json");
    await folder.release();
    rmSync(join(path, "keys/jwt-1.json"));
    await expect(openDataFolder(path)).rejects.toThrow(/keys\/jwt-1\.json is missing/);
    await (await openDataFolder(path, ["keys/jwt-1.json"])).release();
  });

  it.each(["registry.db", "keys/hmac-1.json", "anything"])(
    "refuses a folder with %s but no inventory",
    async (name) => {
      const path = place();
      mkdirSync(join(path, "keys"), { recursive: true });
      writeFileSync(join(path, name), "x");
      await expect(openDataFolder(path)).rejects.toThrow(DamagedFolder);
      expect(existsSync(join(path, "instance.json"))).toBe(false);
    },
  );

  it.each(["", "{", "[]", '{"version":2,"createdAt":"2026-01-01T00:00:00Z","files":[]}'])(
    "refuses the inventory %j",
    async (content) => {
      const path = place();
      await (await openDataFolder(path)).release();
      writeFileSync(join(path, "instance.json"), content);
      await expect(openDataFolder(path)).rejects.toThrow(DamagedFolder);
    },
  );

  it("goes on after a start that was killed before the inventory stood", async () => {
    const path = place();
    mkdirSync(join(path, "keys"), { recursive: true });
    writeFileSync(join(path, "instance.json.abc.tmp"), "{");
    const folder = await openDataFolder(path);
    expect(folder.isNew).toBe(true);
    await folder.release();
  });

  it("closes an empty folder to others, and warns when it was opened later", async () => {
    const path = place();
    mkdirSync(path, { mode: 0o755 });
    await (await openDataFolder(path)).release();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o755);
    const folder = await openDataFolder(path);
    expect(folder.warnings).toEqual([expect.stringContaining("chmod 700")]);
    await folder.release();
  });

  it("notes everything that is to be noted at once, and does so before it is released", async () => {
    const path = place();
    const folder = await openDataFolder(path);
    const names = Array.from({ length: 20 }, (_, index) => `keys/jwt-${index}.json`);
    for (const name of names) writeFileSync(folder.file(name), "{}");
    const noting = [...names.map((name) => folder.remember(name)), folder.rememberConfiguredKey("jwt")];
    await folder.release();
    const inventory = JSON.parse(readFileSync(join(path, "instance.json"), "utf8"));
    expect(inventory).toMatchObject({ files: names, configuredKeys: ["jwt"] });
    await Promise.all(noting);
    await expect(folder.remember("late")).rejects.toThrow("released");
    const again = await openDataFolder(path);
    expect(names.filter((name) => !again.has(name))).toEqual([]);
    await again.release();
  });

  it("is whole without a key it was told to forget, and keeps the highest generation that is used up", async () => {
    const path = place();
    const folder = await openDataFolder(path);
    expect(folder.removedGeneration("jwt")).toBe(0);
    for (const name of ["keys/a.json", "keys/b.json"]) await folder.remember(name);
    await folder.forgetKey("keys/b.json", { scheme: "jwt", generation: 7 });
    await folder.forgetKey("keys/a.json", { scheme: "jwt", generation: 3 });
    await folder.release();
    const again = await openDataFolder(path);
    expect([again.has("keys/a.json"), again.removedGeneration("jwt"), again.removedGeneration("other")]).toEqual([
      false,
      7,
      0,
    ]);
    await again.release();
  });
});
