import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { mostGroups, prepareGroupRightsWrites } from "./group-rights-writes.ts";
import { migrate } from "./migrate.ts";

it("keeps rights for ten thousand groups and no more", async () => {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  await migrate(db);
  const { setGroupRights } = prepareGroupRightsWrites(db);
  db.transaction(() => {
    for (let index = 0; index < mostGroups; index++) setGroupRights(`group ${index}`, { rules: [] });
  })();
  const count = () => db.prepare("select count(*) from group_rights").pluck().get();
  // As the writer does it: what is refused leaves nothing.
  const oneMore = db.transaction(() => setGroupRights("one more", { rules: [] }));
  expect(oneMore).toThrow(expect.objectContaining({ code: "too_many_groups" }));
  expect(count()).toBe(mostGroups);
  setGroupRights("group 7", { profile: "none", rules: [] });
  setGroupRights("group 8", null);
  oneMore();
  expect(count()).toBe(mostGroups);
});
