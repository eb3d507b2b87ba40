import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "./migrate.ts";
import { prepareStoreWrites } from "./store-writes.ts";

async function openStore() {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  await migrate(db);
  const write = prepareStoreWrites(db);
  return { db, write: (operation: Parameters<typeof write>[0]) => write(operation, () => []) };
}

it("a tombstone has no secret, no right and no trace left in its row", async () => {
  const { db, write } = await openStore();
  const rules = [{ permission: "allow", action: "all", topics: ["a"] } as const];
  const rights = { group: "g", attributes: { a: "b" }, profile: "none", rules, minKeyGeneration: 2 };
  const device = { id: "s", status: "active", schemes: ["password"], createdAt: 1000, ...rights } as const;
  write({ kind: "add", device: { ...device, schemes: ["password"], kind: "service", passwordHash: "hash" } });
  const previousPassword = { hash: "before", until: 9000 };
  write({ kind: "setRights", id: "s", rights: { passwordHash: "after", previousPassword } });
  write({ kind: "touch", sightings: ["s", 2000, "192.0.2.1", null, "c"] });
  write({ kind: "touch", sightings: ["s", 3000, null, "bad_password", null] });
  const row = () => db.prepare("select * from devices").get() as Record<string, unknown>;
  expect(Object.values(row())).not.toContain(null);
  write({ kind: "setStatus", id: "s", from: ["active"], to: "removed" });
  const kept = { id: "s", kind: "service", status: "removed", created_at: 1000 };
  const empty = { listed_client_ids: "[]", schemes: "[]", attributes: "{}", rules: "[]", min_key_generation: 0 };
  const expected = Object.fromEntries(Object.keys(row()).map((column) => [column, null]));
  expect(row()).toEqual({ ...expected, ...kept, ...empty });
  expect(db.prepare("select * from client_ids").all()).toEqual([]);
});

it("the counts follow a row that changes its kind alone", async () => {
  const { db, write } = await openStore();
  write({ kind: "add", device: { id: "d", status: "active", schemes: ["jwt"], createdAt: 1 } });
  const active = () => db.prepare("select devices from status_counts where status = 'active'").pluck().get();
  expect(active()).toBe(1);
  db.exec("update devices set kind = 'service'");
  expect(active()).toBe(0);
  db.exec("update devices set kind = 'device'");
  expect(active()).toBe(1);
  db.exec("delete from devices");
  expect(active()).toBe(0);
  expect(() =>
    db.exec(
      "insert into devices select 'x', 'active', '[]', 0, null, '{}', null, 1, null, null, null, null, null, 'robot', null, '[]', null, null, null",
    ),
  ).toThrow(/CHECK/);
});
