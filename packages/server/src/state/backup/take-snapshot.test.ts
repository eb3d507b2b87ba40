import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openSqliteRegistry } from "../../registry/sqlite/sqlite-registry.ts";
import { openDataFolder } from "../data-folder.ts";
import { hashFile } from "./hash-file.ts";
import type { Manifest } from "./manifest.ts";
import { pinSnapshot } from "./snapshot.ts";
import { takeSnapshot } from "./take-snapshot.ts";
import { place, sampleFolder, snapshotOf } from "./testing/sample-folder.ts";
import { canMount, smallDisk } from "./testing/small-disk.ts";

const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, "manifest.json"), "utf8")) as Manifest;

/** Every file below a folder with its mode. */
function tree(folder: string, below = ""): [string, number][] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((each) => {
    const name = join(below, each.name);
    const mode = statSync(join(folder, name)).mode & 0o777;
    return [[name, mode] as [string, number], ...(each.isDirectory() ? tree(folder, name) : [])];
  });
}

describe("takeSnapshot", () => {
  it("copies all state, for the owner alone, and counts what is in it", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    const { path } = await snapshotOf(folder);
    expect(Object.fromEntries(tree(path))).toEqual({
      "manifest.json": 0o600,
      "connack-data": 0o700,
      "connack-data/keys": 0o700,
      "connack-data/tls": 0o700,
      ...Object.fromEntries(
        [
          "audit.db",
          "broker-token",
          "instance.json",
          "keys/hmac-1.json",
          "keys/jwt-1.json",
          "registry.db",
          "tls/ca.key",
        ].map((name) => [`connack-data/${name}`, 0o600]),
      ),
    });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const manifest = manifestOf(path);
    expect(manifest).toMatchObject({
      registry: { devices: { active: 1, revoked: 1, removed: 0 }, services: 1 },
      keys: 2,
      configuredKeys: [],
    });
    expect(manifest.registry.migrations).toContain("0001-devices");
    for (const { name, ...digest } of manifest.files) {
      expect(await hashFile(join(path, "connack-data", name))).toEqual(digest);
    }
    expect(readFileSync(join(path, "connack-data/keys/jwt-1.json"))).toEqual(
      readFileSync(join(folder, "keys/jwt-1.json")),
    );
  });

  it("is of one moment while the registry is written, and holds up no write", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    const file = join(folder, "registry.db");
    const registry = await openSqliteRegistry({ file, create: false });
    const add = (id: string) => registry.add({ id, status: "active", schemes: ["jwt"], createdAt: 1 });
    for (let batch = 0; batch < 20; batch++) {
      await registry.importMany(
        Array.from({ length: 500 }, (_, n) => ({
          id: `many-${batch}-${n}`,
          status: "active" as const,
          schemes: ["jwt" as const],
          createdAt: 1,
          attributes: { filler: "x".repeat(1000) },
        })),
      );
    }
    let isDone = false;
    let before = 0;
    const snapshot = takeSnapshot({
      folder,
      withAudit: true,
      async whileKeysStay(task) {
        for (; before < 10; before++) await add(`before-${before}`);
        return task();
      },
    });
    const finished = snapshot.finished.then(() => {
      isDone = true;
    });
    let written = 0;
    while (!isDone) await add(`meanwhile-${written++}`);
    await finished;
    expect(written).toBeGreaterThan(20);
    const copy = new Database(join(snapshot.path, "connack-data/registry.db"));
    const count = (like: string) => copy.prepare("select count(*) from devices where id like ?").pluck().get(like);
    expect([count("many-%"), count("before-%")]).toEqual([10_000, 10]);
    expect(count("meanwhile-%")).toBeLessThan(written);
    const counted = copy
      .prepare("select count(*) from devices where kind = 'device' and status = 'active'")
      .pluck()
      .get();
    expect(manifestOf(snapshot.path).registry.devices.active).toBe(counted);
    copy.close();
    await snapshot.discard();
    expect(existsSync(snapshot.path)).toBe(false);
    await add("afterwards");
    await registry.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("registry"))).toEqual(["registry.db"]);
  });

  it("takes what a killed server left in the log of its registry", async () => {
    const base = place();
    const folder = await sampleFolder(join(base, "data"));
    const db = new Database(join(folder, "registry.db"));
    db.pragma("wal_autocheckpoint = 0");
    db.exec("update devices set status = 'disabled' where id = 'sensor-1'");
    // The files as they are now, with everything in the log: what a kill leaves.
    cpSync(folder, join(base, "left"), { recursive: true });
    db.close();
    rmSync(join(base, "left/registry.db-shm"));
    expect(statSync(join(base, "left/registry.db-wal")).size).toBeGreaterThan(0);
    const { path } = await snapshotOf(join(base, "left"));
    expect(manifestOf(path).registry.devices).toMatchObject({ active: 0, disabled: 1 });
  });

  it("leaves the audit out when told to, also from the inventory", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    const opened = await openDataFolder(folder);
    await opened.remember("audit.db");
    await opened.release();
    const { path } = await snapshotOf(folder, { withAudit: false });
    expect(manifestOf(path).files.map(({ name }) => name)).not.toContain("audit.db");
    const inventory = readFileSync(join(path, "connack-data/instance.json"), "utf8");
    expect(inventory).toContain("registry.db");
    expect(inventory).not.toContain("audit.db");
  });

  it("takes the way back of EMQX, and not what EMQX is still to be told", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    mkdirSync(join(folder, "emqx/snapshots"), { recursive: true, mode: 0o700 });
    const taken = ["emqx/applied.json", "emqx/snapshots/2026-01-02T10-00-00.000Z.json"];
    for (const name of [...taken, "emqx/connack.lock", "emqx-pending.jsonl", "emqx-live"]) {
      writeFileSync(join(folder, name), "{}");
    }
    const snapshot = takeSnapshot({ folder, withAudit: true, whileKeysStay: (task) => task() });
    const { leftOut } = await snapshot.finished;
    const { path } = await snapshotOf(folder);
    expect(manifestOf(path).files.map(({ name }) => name)).toEqual(expect.arrayContaining(taken));
    expect(leftOut).toEqual([]);
    await snapshot.discard();
  });

  it("names what it does not take, and nothing that passes", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    for (const name of [
      "notes.txt",
      "connack.sock",
      "registry.db-wal.set-aside",
      "keys/jwt-2.json.0a1b.tmp",
      "keys/old",
    ]) {
      writeFileSync(join(folder, name), "x");
    }
    symlinkSync("/dev/zero", join(folder, "tls/zero"));
    const snapshot = takeSnapshot({ folder, withAudit: true, whileKeysStay: (task) => task() });
    const { leftOut } = await snapshot.finished;
    expect(leftOut).toEqual(["keys/old", "notes.txt", "registry.db-wal.set-aside", "tls/zero"]);
    await snapshot.discard();
  });

  it.each([
    ["a key that is gone", (folder: string) => rmSync(join(folder, "keys/jwt-1.json")), /jwt-1\.json is missing/],
    ["a registry that is gone", (folder: string) => rmSync(join(folder, "registry.db")), /registry\.db is missing/],
    [
      "a cut registry",
      (folder: string) => truncateSync(join(folder, "registry.db"), 20_000),
      /registry\.db is damaged/,
    ],
    [
      "another program's database",
      (folder: string) => renameSync(join(folder, "audit.db"), join(folder, "registry.db")),
      /registry\.db is damaged/,
    ],
    [
      "a damaged audit",
      (folder: string) => writeFileSync(join(folder, "audit.db"), "x".repeat(9000)),
      /audit\.db is damaged/,
    ],
    ["a damaged inventory", (folder: string) => writeFileSync(join(folder, "instance.json"), "{"), /instance\.json/],
  ])("refuses %s", async (_, damage, message) => {
    const folder = await sampleFolder(join(place(), "data"));
    damage(folder);
    const target = join(folder, "copy");
    const taken = async () => pinSnapshot({ folder, target, withAudit: true }).finish(() => {});
    await expect(taken()).rejects.toThrow(message);
  });

  it.each([
    ["a device", "delete from devices where id = 'sensor-1'"],
    ["a service", "delete from devices where id = 'gateway'"],
    ["a client id", "delete from client_ids"],
    ["rights of a group", "delete from group_rights"],
    ["a status", "update devices set status = 'disabled' where id = 'sensor-1'"],
    ["a table", "drop table group_rights"],
  ])("refuses a copy that is sound and lacks %s of the registry", async (_, sql) => {
    const base = place();
    const folder = await sampleFolder(join(base, "data"));
    const db = new Database(join(folder, "registry.db"));
    db.exec("insert into client_ids values ('c', 'sensor-2', 1); insert into group_rights values ('g', null, '[]')");
    db.close();
    let isCopied = false;
    const pinned = pinSnapshot({ folder, target: join(base, "copy"), withAudit: false });
    const taken = pinned.finish((doneBytes, totalBytes) => {
      if (isCopied || doneBytes < totalBytes) return;
      isCopied = true;
      const copy = new Database(join(base, "copy/connack-data/registry.db"));
      copy.exec(sql);
      copy.close();
    });
    await expect(taken).rejects.toMatchObject({
      code: "copy_differs",
      message: expect.stringContaining("registry.db"),
    });
    expect(isCopied).toBe(true);
    expect(existsSync(join(base, "copy/manifest.json"))).toBe(false);
  });

  it("tells in its own thread's words what is wrong, and leaves nothing", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    rmSync(join(folder, "broker-token"));
    const snapshot = takeSnapshot({ folder, withAudit: true, whileKeysStay: (task) => task() });
    await expect(snapshot.finished).rejects.toMatchObject({
      name: "BackupProblem",
      code: "data_damaged",
      message: expect.stringContaining("broker-token is missing"),
      next: expect.stringContaining("backup"),
    });
    await snapshot.discard();
    expect(existsSync(snapshot.path)).toBe(false);
  });

  if (canMount())
    it("says that the disk has no room for the copy, and leaves none", async () => {
      const folder = smallDisk(join(place(), "data"), 400);
      await sampleFolder(folder);
      const db = new Database(join(folder, "registry.db"));
      db.exec("create table filler (x); insert into filler values (zeroblob(100000))");
      db.close();
      const snapshot = takeSnapshot({ folder, withAudit: true, whileKeysStay: (task) => task() });
      await expect(snapshot.finished).rejects.toMatchObject({ code: "no_room" });
      await snapshot.discard();
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      await (await openDataFolder(folder)).release();
    });

  it("keeps keys still only until the moment is fixed, and copies them then", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    let held: Promise<unknown> | undefined;
    const snapshot = takeSnapshot({
      folder,
      withAudit: true,
      async whileKeysStay(task) {
        writeFileSync(join(folder, "keys/jwt-2.json"), "{}\n");
        const done = task();
        held = done;
        const value = await done;
        writeFileSync(join(folder, "keys/jwt-3.json"), "{}\n");
        return value;
      },
    });
    await snapshot.finished;
    await held;
    const names = manifestOf(snapshot.path).files.map(({ name }) => name);
    expect(names).toContain("keys/jwt-2.json");
    expect(names).not.toContain("keys/jwt-3.json");
    await snapshot.discard();
  });

  it("is taken away by the next opening when its process was killed", async () => {
    const folder = await sampleFolder(join(place(), "data"));
    const { path } = await snapshotOf(folder);
    await (await openDataFolder(folder)).release();
    expect(existsSync(path)).toBe(false);
  });
});
