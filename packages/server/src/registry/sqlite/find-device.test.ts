import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import type { Device } from "../device.ts";
import { type DeviceRow, deviceFromRow, findDeviceSql } from "./device-row.ts";
import { prepareFindDevice } from "./find-device.ts";
import { migrate } from "./migrate.ts";
import { prepareStoreWrites } from "./store-writes.ts";

async function openStore() {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  await migrate(db);
  const write = prepareStoreWrites(db);
  const findRow = db.prepare<[string], DeviceRow>(findDeviceSql);
  /** As the tables have it, with the client ids from their own. */
  const fromTables = (id: string): Device => deviceFromRow(findRow.get(id) as DeviceRow);
  const listed = (id: string) => db.prepare("select listed_client_ids from devices where id = ?").pluck().get(id);
  const change = (operation: Parameters<typeof write>[0]) => void write(operation, () => []);
  return { db, change, find: prepareFindDevice(db), fromTables, listed };
}

const newcomer = { status: "active", schemes: ["jwt", "password"], createdAt: 1_700_000_000_000 } as const;
const plain = (id: string) => ({ ...newcomer, schemes: [...newcomer.schemes], id });

it("finds all that the tables have of a device, and nothing that can be changed", async () => {
  const { change, find, fromTables } = await openStore();
  const rules = [{ permission: "allow", action: "all", topics: ["a/\u001f/b"] } as const];
  const texts = { attributes: { "\u001f": "\u001f\u001f" }, group: "g\u001fh", profile: "none", passwordHash: "x" };
  change({ kind: "add", device: { ...plain("full"), ...texts, rules, minKeyGeneration: 3, clientIds: ["a", "b"] } });
  change({ kind: "setRights", id: "full", rights: { previousPassword: { hash: "y", until: 5 } } });
  change({
    kind: "touch",
    sightings: ["full", 2000, "192.0.2.1", null, "c", "full", 3000, null, "bad_password", null],
  });
  change({ kind: "add", device: { ...plain("empty"), kind: "service" } });
  expect(find("full")).toStrictEqual(fromTables("full"));
  expect(find("full")).toMatchObject({ ...texts, rules, minKeyGeneration: 3, clientIds: ["a", "b", "c"] });
  expect(find("empty")).toStrictEqual(fromTables("empty"));
  expect(find("nobody")).toBeUndefined();
  for (const device of [find("full"), find("empty")]) {
    const parts = [device, device?.schemes, device?.attributes, device?.rules, device?.clientIds, device?.lastRefusal];
    for (const part of [...parts, device?.previousPassword, device?.rules[0]]) expect(Object.isFrozen(part)).toBe(true);
  }
});

it("devices that differ in one thing alone are kept apart, however often they are looked up", async () => {
  const { change, find } = await openStore();
  const different = { kind: "service", minKeyGeneration: 1, attributes: { a: "b" }, schemes: ["jwt"] } as const;
  for (const [name, value] of Object.entries(different)) {
    change({ kind: "add", device: { ...plain(name), [name]: value } });
  }
  change({ kind: "add", device: { ...plain("status"), status: "pending" } });
  change({ kind: "add", device: plain("none") });
  for (let time = 0; time < 2; time++) {
    for (const [name, value] of Object.entries(different)) {
      expect(find(name)).toMatchObject({ ...find("none"), id: name, [name]: value });
    }
    expect(find("status")).toEqual({ ...find("none"), id: "status", status: "pending" });
  }
});

it("the row lists the client ids as their table has them, through every change", async () => {
  const { db, change, find, fromTables, listed } = await openStore();
  const expectListed = (clientIds: string[]) => {
    expect(listed("d")).toBe(JSON.stringify(clientIds));
    expect(find("d")?.clientIds).toEqual(clientIds);
    expect(fromTables("d").clientIds).toEqual(clientIds);
  };
  change({ kind: "enrol", devices: [{ ...plain("d"), clientIds: ["a", "b"] }, plain("other")] });
  expectListed(["a", "b"]);
  change({ kind: "touch", sightings: ["d", newcomer.createdAt + 9, null, null, "a"] });
  expectListed(["b", "a"]);
  for (let n = 0; n < 40; n++) change({ kind: "touch", sightings: ["d", newcomer.createdAt + n, null, null, `n${n}`] });
  expectListed(Array.from({ length: 32 }, (_, n) => `n${n + 8}`));
  change({ kind: "touch", sightings: ["other", newcomer.createdAt, null, null, "n39"] }); // it stays where it is
  expectListed(Array.from({ length: 32 }, (_, n) => `n${n + 8}`));
  change({ kind: "setRights", id: "d", rights: { clientIds: ["x", 'quoted "y"'] } });
  expectListed(["x", 'quoted "y"']);
  db.exec("pragma foreign_keys = on; delete from client_ids where client_id = 'x'");
  expectListed(['quoted "y"']);
  change({ kind: "setStatus", id: "d", from: ["active"], to: "removed" });
  expectListed([]);
  expect(listed("other")).toBe("[]");
});

it("a row of the version before is found with its client ids, and lists them when they change", async () => {
  const { db, change, find, listed } = await openStore();
  change({ kind: "add", device: { ...plain("old"), clientIds: ["a", "b"] } });
  db.exec("update devices set listed_client_ids = null");
  expect(find("old")?.clientIds).toEqual(["a", "b"]);
  change({ kind: "touch", sightings: ["old", newcomer.createdAt + 9, null, null, "c"] });
  expect(listed("old")).toBe('["a","b","c"]');
});
