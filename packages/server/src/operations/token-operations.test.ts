import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryAudit, type MemoryAudit } from "../audit/testing/memory-audit.ts";
import { runOperation } from "./operations.ts";
import { openTestHouse, type TestHouse, testNowMs } from "./testing/open-test-house.ts";
import type { AddedToken } from "./token-operations.ts";

let test: TestHouse;
let audit: MemoryAudit;
beforeEach(async () => {
  test = await openTestHouse();
  await test.house.audit.close();
  audit = createMemoryAudit(() => testNowMs);
  Object.assign(test.house, { audit });
});
afterEach(() => test.close());

const add = (input: object) => test.run<AddedToken>("token.add", input);

describe("token.add", () => {
  it("tells the token once, and when it ends", async () => {
    const { token, ...about } = await add({ name: "ci", role: "operator", expiresIn: 90 * 86_400 });
    expect(token).toMatch(/^connack_/);
    expect(about).toEqual({
      name: "ci",
      role: "operator",
      createdAt: "2026-01-02T00:00:00.000Z",
      expiresAt: "2026-04-02T00:00:00.000Z",
    });
    expect(await test.run("token.list", {})).toEqual({ tokens: [about] });
  });

  it("says what is wrong with its input, and what to do", async () => {
    const wrong = async (input: object) =>
      add({ name: "ci", role: "viewer", ...input }).then(
        () => "taken",
        ({ message, next }: { message: string; next?: string }) => `${message} | ${next}`,
      );
    expect(await wrong({ name: "a b" })).toBe(
      "the name of the token has other characters than letters, digits, dot, dash and underscore, at most 64 | name who will use it, e.g. grafana",
    );
    expect(await wrong({ role: "root" })).toMatch(/^the role is none of viewer, operator, admin/);
    expect(await wrong({ expiresIn: 59 })).toBe("the life of the token is less than 1m | --expires takes 1m or more");
    expect(await wrong({ token: "mine" })).toMatch(/^"token" means nothing here/);
    expect(await wrong({})).toBe("taken");
    expect(await wrong({})).toBe(
      "there is a token ci already | choose another name, or take that one away: connack token remove <name>",
    );
  });

  it("is kept in the audit without the token", async () => {
    const { token } = await add({ name: "ci", role: "admin" });
    await test.run("token.remove", { name: "ci" });
    expect(audit.rows.map(({ type, reason, actor, detail }) => ({ type, reason, actor, detail }))).toEqual([
      { type: "change", reason: "token.add", actor: "cli", detail: "access token ci with the role admin" },
      { type: "change", reason: "token.remove", actor: "cli", detail: "access token ci" },
    ]);
    expect(JSON.stringify(audit.rows)).not.toContain(token.slice("connack_".length));
  });

  it("leaves the token nowhere in the data folder", async () => {
    const { token } = await add({ name: "ci", role: "admin" });
    const found = filesIn(test.house.folder.path).filter((path) => readFileSync(path).includes(token.slice(10)));
    expect(found).toEqual([]);
  });
});

describe("token.remove", () => {
  it("ends a token, and says which", async () => {
    const { token } = await add({ name: "ci", role: "viewer" });
    expect(await test.run("token.remove", { name: "ci" })).toMatchObject({ removed: { name: "ci", role: "viewer" } });
    expect(test.house.accessTokens.find(token)).toEqual({ ok: false, why: "unknown" });
    await expect(test.run("token.remove", { name: "ci" })).rejects.toMatchObject({
      code: "token_not_found",
      message: 'there is no token "ci"',
    });
  });
});

it("token.list marks those that are over", async () => {
  await add({ name: "short", role: "viewer", expiresIn: 60 });
  Object.assign(test.house, { nowMs: () => testNowMs + 60_000 });
  expect(await test.run("token.list", {})).toMatchObject({ tokens: [{ name: "short", isExpired: true }] });
});

it.each(["token.add", "token.list", "token.remove"])("%s is for admins", async (name) => {
  const by = { name: "api:x", role: "operator" } as const;
  await expect(runOperation(test.house, name, {}, by)).rejects.toMatchObject({ code: "not_allowed" });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path);
    return stat.isDirectory() ? filesIn(path) : stat.isFile() ? [path] : [];
  });
}
