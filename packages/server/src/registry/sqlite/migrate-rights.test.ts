import { join } from "node:path";
import Database from "better-sqlite3";
import { Kysely, Migrator, SqliteDialect } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { listDevices } from "./list-devices.ts";
import { migrate } from "./migrate.ts";
import { applicationId } from "./schema.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const folder = temporaryFolder();

/** A registry file as the version before rights left it, with devices of every status. */
async function olderRegistry(name: string): Promise<string> {
  const file = join(folder, name);
  const db = new Database(file);
  db.pragma(`application_id = ${applicationId}`);
  const migrator = new Migrator({
    db: new Kysely<unknown>({ dialect: new SqliteDialect({ database: db }) }),
    provider: { getMigrations: async () => ({ "0001-devices": await import("./migrations/0001-devices.ts") }) },
  });
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  const insert = db.prepare(
    `insert into devices (id, status, schemes, min_key_generation, device_group, attributes, password_hash, created_at,
      last_seen_at) values (?, ?, ?, ?, ?, ?, ?, 1000, ?)`,
  );
  insert.run("full", "active", '["jwt","password"]', 2, "lamps", '{"room":"hall"}', "a hash", 2000);
  for (const [id, status] of [
    ["a", "active"],
    ["b", "active"],
    ["c", "pending"],
    ["d", "disabled"],
    ["e", "revoked"],
    ["f", "removed"],
  ]) {
    insert.run(id, status, "[]", 0, null, "{}", null, null);
  }
  db.prepare("insert into client_ids values ('c-1', 'full', 1), ('c-2', 'full', 2)").run();
  db.close();
  return file;
}

it("a registry of the version before keeps its devices, its tombstones and its counts", async () => {
  const registry = await openSqliteRegistry({ file: await olderRegistry("kept.db"), create: false });
  onTestFinished(() => registry.close());
  expect(registry.health()).toMatchObject({ state: "ready" });
  expect(registry.find("full")).toEqual({
    id: "full",
    kind: "device",
    status: "active",
    schemes: ["jwt", "password"],
    minKeyGeneration: 2,
    group: "lamps",
    attributes: { room: "hall" },
    rules: [],
    passwordHash: "a hash",
    clientIds: ["c-1", "c-2"],
    createdAt: 1000,
    lastSeenAt: 2000,
  });
  expect((await registry.list({})).map(({ id, status, kind }) => `${id} ${status} ${kind}`)).toEqual([
    "a active device",
    "b active device",
    "c pending device",
    "d disabled device",
    "e revoked device",
    "f removed device",
    "full active device",
  ]);
  const counts = { active: 3, pending: 1, disabled: 1, revoked: 1, removed: 1 };
  expect(await registry.count()).toEqual(counts);
  expect(registry.groupRights()).toEqual(new Map());
});

it("its counts go on to be right, and services are not counted", async () => {
  const registry = await openSqliteRegistry({ file: await olderRegistry("counted.db"), create: false });
  onTestFinished(() => registry.close());
  const newcomer = { status: "active", schemes: ["password"], createdAt: 1 } as const;
  await registry.add({ ...newcomer, schemes: ["password"], id: "s", kind: "service" });
  await registry.add({ ...newcomer, schemes: ["password"], id: "f", kind: "service" });
  await registry.setStatus("s", ["active"], "revoked");
  await registry.add({ ...newcomer, schemes: ["password"], id: "new" });
  await registry.setStatus("a", ["active"], "removed");
  await registry.setStatus("c", ["pending"], "active");
  await registry.setRights("full", { profile: "none", rules: [{ permission: "deny", action: "all", topics: ["#"] }] });
  expect(await registry.count()).toEqual({ active: 4, pending: 0, disabled: 1, revoked: 1, removed: 1 });
});

it("is migrated as a whole or not at all", async () => {
  const db = new Database(await olderRegistry("half.db"));
  onTestFinished(() => void db.close());
  db.exec("create table group_rights (in_the_way integer)");
  await expect(migrate(db)).rejects.toThrow("group_rights already exists");
  const columns = (db.pragma("table_info(devices)") as { name: string }[]).map(({ name }) => name);
  expect(columns).not.toContain("kind");
  expect(db.prepare("select name from kysely_migration").pluck().all()).toEqual(["0001-devices"]);
  db.exec("drop table group_rights");
  await migrate(db);
  expect(db.prepare("select count(*) from devices where kind = 'device' and rules = '[]'").pluck().get()).toBe(7);
});

it("services are listed by their index, however many devices there are", async () => {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  await migrate(db);
  const plans: string[] = [];
  const watched = {
    prepare(sql: string) {
      const explained = db.prepare(`explain query plan ${sql}`);
      const statement = db.prepare(sql);
      return {
        reader: true,
        all(parameters: unknown[]) {
          plans.push((explained.all(parameters) as { detail: string }[])[0]?.detail ?? "");
          return statement.all(parameters);
        },
      };
    },
  } as unknown as Database.Database;
  await listDevices(watched, { kind: "service", limit: 10 });
  await listDevices(watched, { kind: "service", after: "x", limit: 10 });
  await listDevices(watched, { kind: "device", limit: 10 });
  expect(plans).toEqual([
    expect.stringMatching(/USING INDEX services/),
    expect.stringMatching(/^SEARCH devices USING INDEX services/),
    expect.not.stringContaining("services"),
  ]);
});
