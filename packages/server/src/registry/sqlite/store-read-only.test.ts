import { chmodSync, chownSync, copyFileSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  deviceCalled,
  expectReadsRefused,
  expectWritesRefused,
  registryFiles,
  watchedRegistry,
} from "../testing/watched-registry.ts";

const { folder, newFile } = registryFiles();
const nobody = 65_534;
const isRoot = process.geteuid?.() === 0;
let last = 0;

/** A registry with a device in it, opened; from here on the process has no rights but those of the files' owner. */
async function openWithoutRoot() {
  chmodSync(folder, 0o755);
  const own = join(folder, `own-${++last}`);
  const file = join(own, "registry.db");
  mkdirSync(own, { mode: 0o700 });
  copyFileSync(newFile(), file);
  const watched = await watchedRegistry(file);
  await watched.registry.add({ ...deviceCalled("known"), clientIds: ["known's"] });
  await watched.registry.list({}); // everything the writer thread loads is loaded now
  if (isRoot) {
    for (const path of [own, file, `${file}-wal`, `${file}-shm`]) chownSync(path, nobody, nobody);
    process.seteuid?.(nobody); // permissions do not stop root
  }
  return { ...watched, file, own };
}
afterEach(() => {
  if (isRoot) process.seteuid?.(0);
});

describe("a registry file that cannot be written", () => {
  it("goes on answering reads, refuses writes, and heals when its mode does", async () => {
    const { registry, until, file } = await openWithoutRoot();
    renameSync(file, `${file}.away`);
    await until("missing");
    chmodSync(`${file}.away`, 0o400);
    renameSync(`${file}.away`, file);
    await until("read-only");
    await expectWritesRefused(registry, "read-only");
    expect(registry.find("known")).toMatchObject({ id: "known" });
    expect(registry.findClientIdOwner("known's")).toBe("known");
    expect(await registry.list({})).toHaveLength(1);
    expect(await registry.count()).toMatchObject({ active: 1 });
    chmodSync(file, 0o600);
    await until("ready");
    await registry.setStatus("known", ["active"], "revoked");
    expect(registry.find("known")).toMatchObject({ status: "revoked" });
  });

  it("in a folder where SQLite can make no files is not readable either", async () => {
    const { registry, until, file, own } = await openWithoutRoot();
    const elsewhere = join(own, "elsewhere");
    mkdirSync(elsewhere);
    renameSync(file, join(elsewhere, "registry.db"));
    await until("missing");
    chmodSync(join(elsewhere, "registry.db"), 0o400);
    chmodSync(elsewhere, 0o500);
    symlinkSync(join(elsewhere, "registry.db"), file);
    await until("unavailable");
    await expectReadsRefused(registry, "unavailable");
    await expectWritesRefused(registry, "unavailable");
    chmodSync(elsewhere, 0o700);
    chmodSync(join(elsewhere, "registry.db"), 0o600);
    await until("ready");
    expect(registry.find("known")).toMatchObject({ id: "known" });
  });
});
