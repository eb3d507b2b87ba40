import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  deviceCalled,
  expectWritesRefused,
  registryFiles,
  severalLooks,
  watchedRegistry,
} from "../testing/watched-registry.ts";

const { folder, newFile } = registryFiles();

interface LittleRoom {
  file: string;
  pragmas: string[];
  makeRoom(): void;
}

/** A quota of SQLite itself: works wherever tests run. */
function pageQuota(): LittleRoom {
  const file = newFile();
  return {
    file,
    pragmas: ["max_page_count = 150"],
    makeRoom() {
      const db = new Database(file);
      db.exec("delete from devices where id like 'ballast-%'");
      db.close();
    },
  };
}

/** A real disk of one megabyte, where mounting is allowed. */
function smallDisk(): LittleRoom {
  const disk = mountSmallDisk("room");
  const file = join(disk, "registry.db");
  copyFileSync(newFile(), file);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(350_000));
  return { file, pragmas: [], makeRoom: () => rmSync(ballast) };
}

function mountSmallDisk(name: string): string {
  const disk = join(folder, name);
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "ignore" });
  onTestFinished(() => void execFileSync("umount", ["--lazy", disk]));
  return disk;
}

function canMount(): boolean {
  const disk = join(folder, "trial");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" });
    execFileSync("umount", [disk]);
    return true;
  } catch {
    return false;
  }
}

const rooms: [string, () => LittleRoom][] = [["page quota", pageQuota]];
if (canMount()) rooms.push(["full disk", smallDisk]);

describe("a registry without room", () => {
  it.each(rooms)("refuses writes, goes on reading and loses nothing (%s)", async (_, littleRoom) => {
    const { file, pragmas, makeRoom } = littleRoom();
    const { registry, until, states } = await watchedRegistry(file, { pragmas });
    const acknowledged: string[] = [];
    for (let last = 0; registry.health().state === "ready"; last++) {
      expect(last).toBeLessThan(1000);
      const device = { ...deviceCalled(`ballast-${last}`), attributes: { filler: "x".repeat(4000) } };
      await registry.add(device).then(
        () => acknowledged.push(device.id),
        (error) => expect(error).toMatchObject({ name: "StoreUnavailable", state: "full" }),
      );
    }
    expect(registry.health().state).toBe("full");
    await expectWritesRefused(registry, "full");
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const id of acknowledged) expect(registry.find(id)).toMatchObject({ id });
    expect(registry.findClientIdOwner("nobody's")).toBeUndefined();
    expect(await registry.count()).toMatchObject({ active: acknowledged.length });
    expect(await registry.list({ limit: 2 })).toHaveLength(2);
    await severalLooks();
    expect(states).toEqual(["ready", "full"]); // a small write would find room and be no proof

    makeRoom();
    await until("ready");
    await registry.add(deviceCalled("with room again"));
    expect(registry.find("with room again")).toMatchObject({ id: "with room again" });
    await registry.close();
    const db = new Database(file, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});
