import { afterEach, beforeEach, expect, it } from "vitest";
import { noRoom } from "./no-room.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeEach(async () => {
  test = await openTestHouse();
});
afterEach(() => test.close());

const failing = (code: string) =>
  Object.assign(new Error(`${code}: it failed, write`), { code, path: "/data/access-tokens.json.1.tmp" });

it.each(["ENOSPC", "EDQUOT", "EFBIG"])("%s is a full disk, with the file and what to do", (code) => {
  expect(noRoom(failing(code))).toMatchObject({
    code: "no_room",
    message: `/data/access-tokens.json.1.tmp could not be written: the disk is full (${code})`,
    next: "free some space, then do it again",
  });
});

it("a write that names no file is one in the data folder; anything else is no full disk", () => {
  expect(noRoom(Object.assign(new Error("write"), { code: "ENOSPC" }))?.message).toBe(
    "the data folder could not be written: the disk is full (ENOSPC)",
  );
  for (const other of [failing("EACCES"), new Error("ENOSPC"), "ENOSPC", undefined])
    expect(noRoom(other)).toBeUndefined();
});

it("token.add, token.remove and key.add on a full disk say so", async () => {
  const fail = () => Promise.reject(failing("ENOSPC"));
  Object.assign(test.house, {
    accessTokens: { ...test.house.accessTokens, add: fail, remove: fail },
    keyRing: { ...test.house.keyRing, add: fail },
  });
  const full = { code: "no_room", next: "free some space, then do it again" };
  await expect(test.run("token.add", { name: "ci", role: "viewer" })).rejects.toMatchObject(full);
  await expect(test.run("token.remove", { name: "ci" })).rejects.toMatchObject(full);
  await expect(test.run("key.add", { scheme: "jwt" })).rejects.toMatchObject(full);
});
