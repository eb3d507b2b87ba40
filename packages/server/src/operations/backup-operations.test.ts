import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { BackupProgress } from "./backup-operations.ts";
import { runOperation } from "./operations.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeEach(async () => {
  test = await openTestHouse();
});
afterEach(async () => {
  vi.useRealTimers();
  await test.close();
});

const begin = () => test.run<{ name: string }>("backup.begin", {});
const copies = () => readdirSync(test.house.folder.path).filter((name) => name.startsWith("backup"));

async function ready(name: string): Promise<BackupProgress> {
  for (;;) {
    const progress = await test.run<BackupProgress>("backup.look", { name });
    if (progress.ready) return progress;
    await sleep(20);
  }
}

it("makes a copy in the data folder, tells how far it is, and deletes it at the end", async () => {
  await test.run("device.add", { id: "sensor-1" });
  const { name } = await begin();
  const { doneBytes, totalBytes, leftOut } = await ready(name);
  expect(totalBytes).toBeGreaterThan(0);
  expect(doneBytes).toBe(totalBytes);
  expect(leftOut).toEqual([]);
  const path = test.house.folder.file(name);
  const manifest = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ registry: { devices: { active: 1 } }, keys: 2 });
  await test.run("backup.end", { name });
  expect(existsSync(path)).toBe(false);
  await expect(test.run("backup.look", { name })).rejects.toMatchObject({ code: "no_such_backup" });
});

it("writes what waits to be written, then fixes its moment, between two changes of keys", async () => {
  const { keyRing, registry, audit, folder } = test.house;
  const keysStay = vi.spyOn(keyRing, "whileUnchanged");
  const flushed = [vi.spyOn(registry, "flush"), vi.spyOn(audit, "flush")];
  const device = { id: "late-1", status: "active", schemes: ["jwt"], createdAt: 1 } as const;
  expect(registry.noteEnrolment({ ...device, schemes: [...device.schemes] })).toBe(true);
  let release = () => {};
  const changing = keyRing.whileUnchanged(
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  const { name } = await begin();
  await vi.waitFor(() => expect(keysStay).toHaveBeenCalledTimes(2), { timeout: 30_000 });
  for (const spy of flushed) {
    const flushes = spy.mock.invocationCallOrder;
    expect(flushes[0]).toBeLessThan(keysStay.mock.invocationCallOrder[1] as number);
  }
  await sleep(100);
  expect(readdirSync(folder.file(name))).toEqual([]);
  release();
  await changing;
  await ready(name);
  const manifest = JSON.parse(readFileSync(join(folder.file(name), "manifest.json"), "utf8"));
  expect(manifest.registry.devices.active).toBe(1);
  await test.run("backup.end", { name });
});

it("is one at a time, and another one cannot be looked at or ended under a made-up name", async () => {
  const begun = await Promise.allSettled([begin(), begin()]);
  expect(begun.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(begun[1]).toMatchObject({ reason: { code: "backup_running" } });
  for (const name of ["backup.0123456789ab.tmp", "../data", "", "."]) {
    await expect(test.run("backup.look", { name })).rejects.toMatchObject({ code: "no_such_backup" });
    await expect(test.run("backup.end", { name })).rejects.toMatchObject({ code: "no_such_backup" });
  }
  await test.run("backup.end", { name: copies()[0] });
  expect(copies()).toEqual([]);
  const { name } = await begin();
  await test.run("backup.end", { name });
});

it("is deleted when nobody asks for it during a minute, and kept while somebody does", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { name } = await begin();
  vi.advanceTimersByTime(50_000);
  await test.run("backup.look", { name });
  vi.advanceTimersByTime(50_000);
  await test.run("backup.look", { name });
  expect(copies()).toEqual([name]);
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(copies()).toEqual([]), { timeout: 20_000 });
  await expect(test.run("backup.look", { name })).rejects.toMatchObject({ code: "no_such_backup" });
});

it("tells what is wrong with the folder, and can be begun again", async () => {
  const token = test.house.folder.file("broker-token");
  renameSync(token, `${token}.away`);
  const { name } = await begin();
  await expect(ready(name)).rejects.toMatchObject({
    name: "OperationError",
    code: "data_damaged",
    message: `${token} is missing`,
  });
  await test.run("backup.end", { name });
  renameSync(`${token}.away`, token);
  const again = await begin();
  await ready(again.name);
  await test.run("backup.end", { name: again.name });
});

it("is not for the admin API, whatever the role", async () => {
  for (const name of ["backup.begin", "backup.look", "backup.end"]) {
    const asked = runOperation(test.house, name, {}, { name: "api:ci", role: "admin" });
    await expect(asked).rejects.toMatchObject({ code: "not_allowed" });
  }
  expect(copies()).toEqual([]);
});
