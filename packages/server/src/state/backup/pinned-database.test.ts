import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { pinDatabase } from "./pinned-database.ts";
import { place } from "./testing/sample-folder.ts";

it("copies what was there when it was pinned, in one go, whatever is written before and between", async () => {
  const base = place();
  const file = join(base, "some.db");
  const writer = new Database(file, { timeout: 0 }); // a lock of the copy would be an error here
  writer.pragma("journal_mode = WAL");
  writer.exec("create table rows (id integer primary key, filler text)");
  const add = writer.prepare("insert into rows (filler) values (?)");
  writer.transaction(() => {
    for (let n = 0; n < 20_000; n++) add.run("x".repeat(500));
  })();
  const pinned = pinDatabase(file);
  add.run("after it was pinned");
  const done: number[] = [];
  await pinned.copyTo(join(base, "copy.db"), (bytes) => {
    done.push(bytes);
    add.run("between two steps");
    writer.prepare("update rows set filler = 'changed' where id = ?").run(done.length);
    writer.pragma("wal_checkpoint(PASSIVE)");
  });
  pinned.close();
  expect(done.length).toBeGreaterThan(2);
  expect(done).toEqual(done.toSorted((one, other) => one - other)); // it never started over
  expect(done.at(-1)).toBe(pinned.bytes);
  writer.close();
  expect(statSync(join(base, "copy.db")).mode & 0o777).toBe(0o600);
  const copy = new Database(join(base, "copy.db"));
  expect(copy.prepare("select count(*), max(length(filler)), min(length(filler)) from rows").raw().get()).toEqual([
    20_000, 500, 500,
  ]);
  expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
  copy.close();
});
