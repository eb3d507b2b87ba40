import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { migrate } from "./migrate.ts";

function openEmpty() {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  return db;
}

describe("migrate", () => {
  it("makes strict tables, once", async () => {
    const db = openEmpty();
    await migrate(db);
    await migrate(db);
    const tables = db.pragma("table_list") as { schema: string; name: string; strict: number }[];
    const own = tables.filter(({ schema, name }) => schema === "main" && !/^(sqlite|kysely)_/.test(name));
    expect(own.map(({ name, strict }) => [name, strict]).sort()).toEqual([
      ["client_ids", 1],
      ["devices", 1],
      ["group_rights", 1],
      ["heartbeat", 1],
      ["status_counts", 1],
    ]);
    expect(db.prepare("select name from kysely_migration").pluck().all()).toEqual([
      "0001-devices",
      "0002-rights",
      "0003-listed-client-ids",
    ]);
  });

  it("looks devices up by index, whatever is asked for", async () => {
    const db = openEmpty();
    await migrate(db);
    const plan = (sql: string) => (db.prepare(`explain query plan ${sql}`).all() as { detail: string }[])[0]?.detail;
    expect(plan("select * from devices where id = ''")).toMatch(/SEARCH devices USING INDEX/);
    expect(plan("select * from devices where status = '' and id > '' order by id limit 1")).toMatch(
      /devices_by_status/,
    );
    expect(plan("select * from devices where device_group = '' and id > '' order by id")).toMatch(/devices_by_group/);
    expect(plan("select * from devices where kind = 'service' and id > '' order by id")).toMatch(/services/);
    expect(plan("select * from client_ids where client_id = ''")).toMatch(/PRIMARY KEY/);
    expect(plan("delete from client_ids where device_id = ''")).toMatch(/client_ids_by_device/);
  });

  it("leaves nothing behind when one fails", async () => {
    const db = openEmpty();
    db.exec("create table client_ids (in_the_way integer)");
    await expect(migrate(db)).rejects.toThrow("client_ids already exists");
    expect(db.prepare("select name from sqlite_schema where type = 'table'").pluck().all()).toEqual(["client_ids"]);
    expect(db.inTransaction).toBe(false);
  });
});
