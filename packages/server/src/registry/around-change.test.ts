import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type CachedRegistry, cachedRegistry } from "./cached-registry.ts";
import type { Device } from "./device.ts";
import { RegistryError } from "./device-registry.ts";
import { openSqliteRegistry } from "./sqlite/sqlite-registry.ts";

let folder: string;
let registry: CachedRegistry;
let around: { kind: string; before: Device; after?: unknown }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "connack-around-"));
  around = [];
  const store = await openSqliteRegistry({ file: join(folder, "registry.db"), create: true });
  registry = cachedRegistry(store, {
    async aroundChange(before, kind, change) {
      const seen: (typeof around)[number] = { kind, before };
      around.push(seen);
      // What is seen here is the state before, also for whoever looks it up.
      expect((await registry.find(before.id))?.status).toBe(before.status);
      const after = await change();
      seen.after = (await registry.find(before.id))?.status;
      return after;
    },
  });
  await registry.add({ id: "d", status: "active", schemes: ["jwt"], clientIds: ["c-1"], createdAt: 1 });
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

it("has the device as it was before a change of its status, with the client id it came with a moment ago", async () => {
  registry.noteSighting({ deviceId: "d", at: 2, clientId: "c-2" });
  expect(await registry.setStatus("d", ["active"], "removed")).toMatchObject({ status: "removed", clientIds: [] });
  expect(around).toMatchObject([
    { kind: "status", before: { status: "active", clientIds: ["c-1", "c-2"] }, after: "removed" },
  ]);
});

it("is asked about what a device may connect with, and not about what holds at its next connect", async () => {
  await registry.setRights("d", { rules: [] });
  await registry.setRights("d", { profile: "sensor" });
  expect(around).toEqual([]);
  await registry.setRights("d", { minKeyGeneration: 2 });
  await registry.setRights("d", { schemes: ["password"] });
  await registry.setRights("d", { passwordHash: null });
  expect(around.map(({ kind }) => kind)).toEqual(["rights", "rights", "rights"]);
});

it("has no part in what is refused before it, and tells of what is refused within", async () => {
  await expect(registry.setStatus("nobody", ["active"], "revoked")).rejects.toMatchObject({ code: "device_not_found" });
  expect(around).toEqual([]);
  await expect(registry.setStatus("d", ["pending"], "revoked")).rejects.toBeInstanceOf(RegistryError);
  expect(around).toMatchObject([{ kind: "status", before: { id: "d" } }]);
  expect((await registry.find("d"))?.status).toBe("active");
});
