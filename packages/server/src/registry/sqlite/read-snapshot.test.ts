import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { ReadSnapshot } from "./read-snapshot.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const folder = temporaryFolder();

function openBoth(name: string) {
  const file = join(folder, name);
  const writer = new Database(file);
  writer.pragma("journal_mode = WAL");
  writer.exec("create table things (name text); insert into things values ('first')");
  const reader = new Database(file, { readonly: true });
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  const get = reader.prepare<[string], string>("select name from things where name <> ?").pluck();
  const look = (other: string) => get.get(other);
  return { writer, reader, look, snapshot: new ReadSnapshot(reader) };
}

it("look-ups of one turn share a transaction, which ends with the turn", async () => {
  const { writer, reader, look, snapshot } = openBoth("turn.db");
  expect(snapshot.read(look, "")).toBe("first");
  expect(reader.inTransaction).toBe(false); // one alone needs none
  snapshot.read(look, "");
  snapshot.read(look, "");
  expect(reader.inTransaction).toBe(true);
  writer.exec("update things set name = 'second'");
  expect(snapshot.read(look, "")).toBe("first");
  await nextTurn();
  expect(reader.inTransaction).toBe(false);
  expect(snapshot.read(look, "")).toBe("second");
});

it("after `end`, and after an error, what is read is as new as the store", () => {
  const { writer, reader, look, snapshot } = openBoth("end.db");
  for (let time = 0; time < 3; time++) snapshot.read(look, "");
  writer.exec("update things set name = 'second'");
  snapshot.end();
  expect(snapshot.read(look, "")).toBe("second");
  for (let time = 0; time < 3; time++) snapshot.read(look, "");
  const failing = () => {
    throw new RangeError("failing");
  };
  expect(() => snapshot.read(failing, "")).toThrow(RangeError);
  expect(reader.inTransaction).toBe(false);
  writer.exec("update things set name = 'third'");
  expect(snapshot.read(look, "")).toBe("third");
});

it("a closed connection is left alone", async () => {
  const { reader, look, snapshot } = openBoth("closed.db");
  for (let time = 0; time < 3; time++) snapshot.read(look, "");
  reader.close();
  expect(() => snapshot.end()).not.toThrow();
  await nextTurn();
});

it("whoever is told of a change finds it, also when others were looked up in the same turn", async () => {
  const registry = await openSqliteRegistry({ file: join(folder, "told.db"), create: true });
  onTestFinished(() => registry.close());
  await registry.add({ id: "d", status: "active", schemes: ["jwt"], createdAt: 1 });
  const lookUps = setInterval(() => {
    for (let time = 0; time < 3; time++) registry.find("d");
  }, 0);
  onTestFinished(() => clearInterval(lookUps));
  const told: (string | undefined)[] = [];
  registry.onChange(({ id }) => told.push(registry.find(id)?.status));
  for (let round = 0; round < 50; round++) {
    await registry.setStatus("d", ["active"], "disabled");
    expect(registry.find("d")?.status).toBe("disabled");
    await registry.setStatus("d", ["disabled"], "active");
  }
  expect(told).toEqual(Array.from({ length: 50 }, () => ["disabled", "active"]).flat());
});
