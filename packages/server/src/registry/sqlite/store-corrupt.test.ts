import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  deviceCalled,
  expectReadsRefused,
  expectWritesRefused,
  registryFiles,
  severalLooks,
  watchedRegistry,
} from "../testing/watched-registry.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const { newFile } = registryFiles();

let filled: string;
beforeAll(async () => {
  filled = newFile();
  const registry = await openSqliteRegistry({ file: filled, create: false });
  const attributes = { note: "x".repeat(300) };
  await registry.importMany(
    Array.from({ length: 500 }, (_, index) => ({ ...deviceCalled(`device-${index}`), attributes })),
  );
  await registry.close();
});

/** A registry file with devices on many pages, and a copy of it. */
function filledFile(): { file: string; backup: string } {
  const file = newFile();
  for (const copy of [file, `${file}.backup`]) copyFileSync(filled, copy);
  return { file, backup: `${file}.backup` };
}

const damages: [string, (file: string) => void][] = [
  [
    "is replaced by garbage",
    (file) => {
      writeFileSync(`${file}.garbage`, randomBytes(65_536));
      renameSync(`${file}.garbage`, file);
    },
  ],
  ["is overwritten with garbage", (file) => overwrite(file, randomBytes(statSync(file).size))],
  ["is emptied", (file) => truncateSync(file, 0)],
  [
    "is replaced by another program's database",
    (file) => {
      const other = new Database(`${file}.other`);
      other.exec("create table notes (text)");
      other.close();
      renameSync(`${file}.other`, file);
    },
  ],
];

function overwrite(file: string, bytes: Buffer): void {
  writeSync(openSync(file, "r+"), bytes, 0, bytes.length, 0); // left open: closing it would drop SQLite's locks
}

describe("a registry file that", () => {
  it.each(damages)("%s while running is not used, and a restored one is", async (_, damage) => {
    const { file, backup } = filledFile();
    const { registry, until } = await watchedRegistry(file);
    await registry.add(deviceCalled("not in the backup"));
    damage(file);
    await until("corrupt");
    await expectWritesRefused(registry, "corrupt");
    await expectReadsRefused(registry, "corrupt");
    copyFileSync(backup, `${file}.restored`);
    renameSync(`${file}.restored`, file);
    await until("ready");
    expect(await registry.count()).toMatchObject({ active: 500 });
    await registry.setStatus("device-7", ["active"], "revoked");
    expect(registry.find("device-7")).toMatchObject({ status: "revoked" });
  });

  it.each(damages)("%s before the start is not used either", async (_, damage) => {
    const { file, backup } = filledFile();
    damage(file);
    const damaged = readFileSync(file);
    const { registry, until } = await watchedRegistry(file, { create: true });
    expect(registry.health().state).toBe("corrupt");
    await expectReadsRefused(registry, "corrupt");
    expect(readFileSync(file)).toEqual(damaged); // left for whoever repairs it
    renameSync(backup, file);
    await until("ready");
  });

  it("has one damaged page is found out by the read that meets it", async () => {
    const { file, backup } = filledFile();
    const db = new Database(file, { readonly: true });
    const pages = db.prepare("select pageno from dbstat where name = 'devices' and pagetype = 'leaf'").pluck().all();
    const pageSize = db.pragma("page_size", { simple: true }) as number;
    db.close();
    expect(pages.length).toBeGreaterThan(10);
    const bytes = readFileSync(file);
    const leaf = pages[9] as number;
    bytes.fill(0xff, (leaf - 1) * pageSize, leaf * pageSize);
    writeFileSync(file, bytes);

    const { registry, until, states } = await watchedRegistry(file);
    expect(registry.health().state).toBe("ready"); // nobody has looked there yet
    const seen = Array.from({ length: 500 }, (_, index) => {
      try {
        return registry.find(`device-${index}`)?.id;
      } catch {
        return "refused";
      }
    });
    expect(seen).toContain("refused");
    await until("corrupt");
    await severalLooks();
    expect(states).toEqual(["ready", "corrupt"]); // checked whole, and found wanting
    await expectReadsRefused(registry, "corrupt");
    renameSync(backup, file);
    await until("ready");
    expect(registry.find("device-499")).toMatchObject({ id: "device-499" });
  });
});

describe("a registry of a newer version", () => {
  function ageByOne(file: string): void {
    const db = new Database(file);
    db.exec("insert into kysely_migration (name, timestamp) values ('0999-later', '')");
    db.close();
  }

  it("is refused at the start, by name", async () => {
    const file = newFile();
    ageByOne(file);
    await expect(openSqliteRegistry({ file, create: false })).rejects.toThrow(
      'written by a newer version of Connack (migration "0999-later" is not known here)',
    );
  });

  it("is not used when it is put there while running", async () => {
    const file = newFile();
    const { registry, until } = await watchedRegistry(file);
    copyFileSync(file, `${file}.newer`);
    ageByOne(`${file}.newer`);
    renameSync(`${file}.newer`, file);
    await until("unavailable");
    await vi.waitFor(() => expect(registry.health().detail).toContain("newer version"));
    await expectReadsRefused(registry, "unavailable");
  });
});
