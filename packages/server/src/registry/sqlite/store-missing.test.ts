import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import {
  deviceCalled,
  expectReadsRefused,
  expectWritesRefused,
  registryFiles,
  watchedRegistry,
} from "../testing/watched-registry.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const { folder, newFile } = registryFiles();

describe("a registry file that is made", () => {
  it("is for the user alone, and keeps what it is given", async () => {
    const file = join(folder, "made.db");
    const first = await openSqliteRegistry({ file, create: true });
    expect(first.health()).toMatchObject({ state: "ready", detail: "" });
    expect(first.durability()).toEqual({ journalMode: "wal", synchronous: 2 });
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(file + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    const device = await first.add(deviceCalled("kept"));
    await first.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("made"))).toEqual(["made.db"]);

    const second = await openSqliteRegistry({ file, create: true });
    expect(second.find("kept")).toEqual(device);
    await second.close();
  });

  it("is complete before it has its name: a half-made one is made anew", async () => {
    const file = join(folder, "half.db");
    writeFileSync(`${file}.new`, "half");
    const registry = await openSqliteRegistry({ file, create: true });
    expect(registry.health().state).toBe("ready");
    await registry.close();
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it("is refused where it cannot be made, with the reason", async () => {
    const file = join(folder, "no such folder", "registry.db");
    await expect(openSqliteRegistry({ file, create: true })).rejects.toThrow(`${file} cannot be made: ENOENT.`);
  });

  it("is refused beside the log of a lost one", async () => {
    const file = join(folder, "lost.db");
    writeFileSync(`${file}-wal`, "what is left");
    await expect(openSqliteRegistry({ file, create: true })).rejects.toThrow("restore the registry");
    expect(existsSync(file)).toBe(false);
  });
});

describe("a registry file that is missing", () => {
  it("is not made without being told to, and is opened when it comes", async () => {
    const file = newFile();
    renameSync(file, `${file}.away`);
    const { registry, until, states } = await watchedRegistry(file);
    expect(registry.health().state).toBe("missing");
    await expectWritesRefused(registry, "missing");
    await expectReadsRefused(registry, "missing");
    expect(existsSync(file)).toBe(false);
    renameSync(`${file}.away`, file);
    await until("ready");
    await registry.add(deviceCalled("late"));
    expect(registry.find("late")).toMatchObject({ id: "late" });
    expect(states).toEqual(["missing", "ready"]);
  });

  it("stays missing when it is deleted while running", async () => {
    const file = newFile();
    const { registry, until } = await watchedRegistry(file, { create: true });
    await registry.add(deviceCalled("lost"));
    rmSync(file);
    await until("missing");
    await expectWritesRefused(registry, "missing");
    await expectReadsRefused(registry, "missing");
    await vi.waitFor(() => expect(existsSync(`${file}-wal`)).toBe(false)); // it belongs to no file any more
    expect(existsSync(file)).toBe(false);
  });

  it("leaves no log behind when it is closed at once after that", async () => {
    const file = newFile();
    const { registry } = await watchedRegistry(file, { watchMs: 60_000 });
    await registry.add(deviceCalled("kept"));
    renameSync(file, `${file}.away`);
    await registry.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    const moved = await watchedRegistry(`${file}.away`);
    expect(moved.registry.find("kept")).toMatchObject({ id: "kept" });
  });

  it("loses nothing that was acknowledged when it is moved away under load and comes back", async () => {
    const file = newFile();
    const { registry, until } = await watchedRegistry(file);
    const acknowledged: string[] = [];
    const refused: string[] = [];
    const add = async (id: string) => {
      await registry.add(deviceCalled(id)).then(
        () => acknowledged.push(id),
        () => refused.push(id),
      );
    };
    for (let round = 0; round < 20; round++) {
      if (round === 10) renameSync(file, `${file}.away`);
      await Promise.all(Array.from({ length: 10 }, (_, index) => add(`${round}-${index}`)));
    }
    await until("missing");
    renameSync(`${file}.away`, file);
    await until("ready");
    // the check before each commit sees the move at once, long before the next look at the file
    expect(acknowledged).toHaveLength(100);
    expect(refused).toHaveLength(100);
    for (const id of acknowledged) expect(registry.find(id)).toMatchObject({ id });
    for (const id of refused) expect(registry.find(id)).toBeUndefined();
  });
});

describe("a registry file that is replaced", () => {
  it("is opened anew: the backup counts, and nothing of the old log gets into it", async () => {
    const file = newFile();
    const { registry, states } = await watchedRegistry(file);
    await registry.add(deviceCalled("in both"));
    const epoch = registry.health().epoch ?? 0;
    const source = new Database(file, { readonly: true });
    await source.backup(`${file}.backup`);
    source.close();
    await Promise.all(Array.from({ length: 200 }, (_, index) => registry.add(deviceCalled(`later-${index}`))));
    renameSync(`${file}.backup`, file);
    await vi.waitFor(() => expect(registry.health().epoch).toBeGreaterThan(epoch), { timeout: 20_000 });
    expect(states).toEqual(["ready", "missing", "ready"]);
    expect(registry.find("in both")).toMatchObject({ id: "in both" });
    expect(registry.find("later-7")).toBeUndefined();
    await registry.add(deviceCalled("afterwards"));
    await registry.close();
    const closed = new Database(file, { readonly: true });
    expect(closed.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(closed.prepare("select id from devices order by id").pluck().all()).toEqual(["afterwards", "in both"]);
    closed.close();
  });

  it("keeps going when only its -wal is deleted", async () => {
    const file = newFile();
    const { registry } = await watchedRegistry(file);
    await registry.add(deviceCalled("before"));
    const epoch = registry.health().epoch ?? 0;
    rmSync(`${file}-wal`);
    await vi.waitFor(() => expect(registry.health()).toMatchObject({ state: "ready", epoch: epoch + 1 }));
    await registry.add(deviceCalled("after"));
    expect(registry.find("before")).toMatchObject({ id: "before" });
    expect(existsSync(`${file}-wal`)).toBe(true);
  });
});
