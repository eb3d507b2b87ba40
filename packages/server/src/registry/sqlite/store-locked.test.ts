import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  deviceCalled,
  expectReadsRefused,
  expectWritesRefused,
  registryFiles,
  watchedRegistry,
} from "../testing/watched-registry.ts";

const { newFile } = registryFiles();
const sqlite = JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"));

/** Another process that holds the write lock until it is killed. */
async function lockFromOutside(file: string) {
  const lines = `const db = require(${sqlite})(${JSON.stringify(file)}); db.exec("begin exclusive"); console.log("locked"); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ["-e", lines], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

describe("a registry that another process locks", () => {
  it("refuses what it is asked within a bounded time, and goes on when the lock is gone", async () => {
    const file = newFile();
    const { registry, until, states } = await watchedRegistry(file);
    await registry.add(deviceCalled("before"));
    const child = await lockFromOutside(file);
    await expect(registry.add(deviceCalled("meanwhile"))).rejects.toMatchObject({ state: "locked" });
    expect(registry.health().state).toBe("locked");
    await expectWritesRefused(registry, "locked");
    await expectReadsRefused(registry, "locked");
    child.kill("SIGKILL");
    await until("ready");
    expect(states).toEqual(["ready", "locked", "ready"]);
    expect(registry.find("before")).toMatchObject({ id: "before" });
    expect(registry.find("meanwhile")).toBeUndefined();
    await registry.add(deviceCalled("meanwhile"));
  });

  it("starts in that state, and takes what the other wrote for new", async () => {
    const file = newFile();
    const child = await lockFromOutside(file);
    const { registry, until } = await watchedRegistry(file);
    expect(registry.health().state).toBe("locked");
    const { epoch } = registry.health();
    child.kill("SIGKILL");
    await until("ready");
    expect(registry.health().epoch).not.toBe(epoch);
  });

  it("waits for a short lock", async () => {
    const file = newFile();
    const { registry, states } = await watchedRegistry(file, { busyTimeoutMs: 20_000 });
    const other = new Database(file);
    other.exec("begin immediate");
    const adding = registry.add(deviceCalled("patient"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    other.exec("commit");
    other.close();
    await expect(adding).resolves.toMatchObject({ id: "patient" });
    expect(states).toEqual(["ready"]);
  });
});
