import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { StoreUnavailable } from "../device-registry.ts";
import { deviceCalled, registryFiles, watchedRegistry } from "../testing/watched-registry.ts";
import { StoreConnection } from "./store-connection.ts";

const { newFile } = registryFiles();

async function openConnection(file: string) {
  const states: string[] = [];
  const onHealth = ({ state }: { state: string }) => states.push(state);
  const connection = await StoreConnection.open({ file, create: false, onHealth });
  onTestFinished(() => connection.close());
  return { connection, states };
}

describe("the writer thread", () => {
  it.each([
    ["throws", null as never],
    ["ends", { type: "close" }],
  ] as const)("is started anew when it %s: what waited is refused, nothing else is lost", async (_, harm) => {
    const { connection, states } = await openConnection(newFile());
    const add = (id: string) => connection.writer().write({ kind: "add", device: deviceCalled(id) });
    await add("before");
    connection.writer().send(harm);
    const waiting = Array.from({ length: 5 }, (_, index) => add(`waiting-${index}`));
    const results = await Promise.allSettled(waiting);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { name: "StoreUnavailable", state: "unavailable" } });
    }
    expect(() => connection.writer()).toThrow(StoreUnavailable);
    expect(() => connection.read((reader) => reader.find("before"))).toThrow(StoreUnavailable);
    await vi.waitFor(() => expect(connection.health().state).toBe("ready"), { timeout: 20_000 });
    expect(connection.counters()).toEqual({ waiting: 0, refused: 0, restarts: 1 });
    expect(states).toEqual(["ready", "unavailable", "ready"]);
    expect(connection.read((reader) => reader.find("before"))).toMatchObject({ id: "before" });
    await expect(add("after")).resolves.toMatchObject({ id: "after" });
  });

  it("has a bounded queue", async () => {
    const { registry } = await watchedRegistry(newFile(), { longestQueue: 10 });
    const adding = Array.from({ length: 25 }, (_, index) => registry.add(deviceCalled(`many-${index}`)));
    const results = await Promise.allSettled(adding);
    expect(results.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill("fulfilled"));
    for (const result of results.slice(10)) {
      expect(result).toMatchObject({ status: "rejected", reason: { name: "StoreUnavailable" } });
    }
    expect(registry.counters()).toMatchObject({ waiting: 0, refused: 15 });
    expect(registry.health().state).toBe("ready");
    await expect(registry.add(deviceCalled("later"))).resolves.toMatchObject({ id: "later" });
  });

  it("commits what waits together", async () => {
    const file = newFile();
    const { registry } = await watchedRegistry(file, { busyTimeoutMs: 20_000 });
    const other = new Database(file);
    other.exec("begin immediate"); // the writer waits for this, and the adds for the writer
    const adding = Array.from({ length: 1000 }, (_, index) => registry.add(deviceCalled(`many-${index}`)));
    const before = countCommits(`${file}-wal`);
    other.exec("rollback");
    other.close();
    await Promise.all(adding);
    expect(await registry.count()).toMatchObject({ active: 1000 });
    expect(countCommits(`${file}-wal`) - before).toBeLessThan(10);
  });
});

/** Frames of a write-ahead log that end a transaction: those with a size of the database (sqlite.org/fileformat.html §4.1). */
function countCommits(log: string): number {
  const bytes = readFileSync(log);
  const frame = 24 + bytes.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= bytes.length; at += frame) if (bytes.readUInt32BE(at + 4) !== 0) commits++;
  return commits;
}
