import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DataFolder, openDataFolder } from "../state/data-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { mostTokens } from "./access-token-file.ts";
import { type AccessTokens, openAccessTokens } from "./access-tokens.ts";

const start = Date.UTC(2026, 0, 2);
let now = start;
let parent: string;
let folder: DataFolder;
let tokens: AccessTokens;

const file = () => join(parent, "data", "access-tokens.json");

async function open(): Promise<void> {
  folder = await openDataFolder(join(parent, "data"));
  tokens = await openAccessTokens(folder, () => now);
}

async function reopen(): Promise<void> {
  await tokens.close();
  await folder.release();
  await open();
}

beforeEach(async () => {
  now = start;
  parent = mkdtempSync(join(tmpdir(), "connack-tokens-"));
  await open();
});
afterEach(async () => {
  await folder.release();
  rmSync(parent, { recursive: true, force: true });
});

const find = (secret: string) => {
  const found = tokens.find(secret);
  return found.ok ? found.token.name : found.why;
};

describe("a token", () => {
  it("is 256 random bits behind a prefix, and good at once", async () => {
    const { secret, token } = await tokens.add({ name: "ci", role: "operator" });
    expect(secret).toMatch(/^connack_[A-Za-z0-9_-]{43}$/);
    expect(token).toEqual({ name: "ci", role: "operator", createdAt: start });
    expect(find(secret)).toBe("ci");
    expect((await tokens.add({ name: "other", role: "viewer" })).secret).not.toBe(secret);
  });

  it("is kept as a hash, in a file of the owner alone that the folder remembers", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "admin", expiresAt: start + 1000 });
    const content = readFileSync(file(), "utf8");
    expect(content).not.toContain(secret.slice("connack_".length));
    expect(JSON.parse(content)).toEqual({
      version: 1,
      tokens: [
        {
          name: "ci",
          role: "admin",
          sha256: createHash("sha256").update(secret).digest("hex"),
          createdAt: "2026-01-02T00:00:00.000Z",
          expiresAt: "2026-01-02T00:00:01.000Z",
        },
      ],
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(folder.has("access-tokens.json")).toBe(true);
  });

  it("is unknown when anything of it differs", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "admin" });
    for (const other of ["", secret.slice(0, -1), `${secret}A`, secret.toUpperCase(), secret.replace("connack_", "")]) {
      expect(find(other)).toBe("unknown");
    }
  });

  it("holds until it expires, to the millisecond", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "admin", expiresAt: start + 1000 });
    now = start + 999;
    expect(find(secret)).toBe("ci");
    now = start + 1000;
    expect(find(secret)).toBe("expired");
  });

  it("survives a restart, with its times", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "viewer", expiresAt: start + 5000 });
    expect(find(secret)).toBe("ci");
    await reopen();
    expect(tokens.list()).toEqual([{ name: "ci", role: "viewer", createdAt: start, expiresAt: start + 5000 }]);
    expect(find(secret)).toBe("ci");
  });

  it("shows its last use, in memory only", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "viewer" });
    now = start + 60_000;
    find(secret);
    expect(tokens.list()[0]?.lastUsedAt).toBe(now);
    await tokens.add({ name: "other", role: "viewer" });
    expect(tokens.list()[0]?.lastUsedAt).toBe(now);
    expect(readFileSync(file(), "utf8")).not.toContain("lastUsed");
  });
});

describe("a token that is removed", () => {
  it("is unknown at once, and after a restart; the others hold", async () => {
    const gone = await tokens.add({ name: "gone", role: "admin" });
    const stays = await tokens.add({ name: "stays", role: "admin" });
    expect(await tokens.remove("gone")).toMatchObject({ name: "gone", role: "admin" });
    for (const _ of ["before", "after"]) {
      expect(find(gone.secret)).toBe("unknown");
      expect(find(stays.secret)).toBe("stays");
      await reopen();
    }
    await expect(tokens.remove("gone")).rejects.toMatchObject({ code: "token_not_found" });
  });

  it("is told to those who watch it, once, and to nobody else", async () => {
    const told: string[] = [];
    const watch = async (name: string) => {
      const { secret } = await tokens.add({ name, role: "viewer" });
      const found = tokens.find(secret);
      if (!found.ok) throw new Error("not found");
      return { secret, end: tokens.watch(found.token, () => told.push(name)) };
    };
    await watch("a");
    await watch("b");
    const left = await watch("c");
    left.end();
    await tokens.remove("a");
    await tokens.remove("c");
    expect(told).toEqual(["a"]);
    // Another one of that name is another token.
    await tokens.add({ name: "a", role: "viewer" });
    await tokens.remove("a");
    expect(told).toEqual(["a"]);
  });

  it("goes on to hold when that cannot be written", async () => {
    const { secret } = await tokens.add({ name: "ci", role: "viewer" });
    rmSync(file());
    mkdirSync(file());
    await expect(tokens.remove("ci")).rejects.toThrow(/EISDIR|ENOTEMPTY/);
    expect(find(secret)).toBe("ci");
    await expect(tokens.add({ name: "more", role: "viewer" })).rejects.toThrow(/EISDIR|ENOTEMPTY/);
    expect(tokens.list().map(({ name }) => name)).toEqual(["ci"]);
  });
});

it("several at once are all kept, of one name the first", async () => {
  const names = ["a", "b", "c", "a"];
  const results = await Promise.allSettled(names.map((name) => tokens.add({ name, role: "viewer" })));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect(results[3]).toMatchObject({ reason: { code: "token_exists" } });
  await reopen();
  expect(tokens.list().map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

it("takes no more than there is room for", async () => {
  const record = (index: number) => ({
    name: `t${index}`,
    role: "viewer",
    sha256: createHash("sha256").update(String(index)).digest("hex"),
    createdAt: "2026-01-02T00:00:00.000Z",
  });
  const all = Array.from({ length: mostTokens }, (_, index) => record(index));
  writeFileSync(file(), JSON.stringify({ version: 1, tokens: all }));
  await reopen();
  await expect(tokens.add({ name: "more", role: "viewer" })).rejects.toMatchObject({ code: "too_many_tokens" });
});

describe("the file", () => {
  it("is not there without a token", () => {
    expect(folder.has("access-tokens.json")).toBe(false);
    expect(tokens.list()).toEqual([]);
  });

  it("is noted when a crash came between writing it and noting it", async () => {
    writeFileSync(file(), JSON.stringify({ version: 1, tokens: [] }));
    await reopen();
    expect(folder.has("access-tokens.json")).toBe(true);
  });

  const hash = createHash("sha256").update("x").digest("hex");
  const record = { name: "ci", role: "viewer", sha256: hash, createdAt: "2026-01-02T00:00:00.000Z" };
  it.each([
    ["cut", `{"version":1,"tokens":[{"name":"c`],
    ["of another version", JSON.stringify({ version: 2, tokens: [] })],
    ["with a role that is none", JSON.stringify({ version: 1, tokens: [{ ...record, role: "root" }] })],
    ["with a hash that is none", JSON.stringify({ version: 1, tokens: [{ ...record, sha256: "00" }] })],
    [
      "with one name twice",
      JSON.stringify({ version: 1, tokens: [record, { ...record, sha256: hash.replace(/./, "0") }] }),
    ],
    ["with one token twice", JSON.stringify({ version: 1, tokens: [record, { ...record, name: "other" }] })],
    ["with an expiry that is no time", JSON.stringify({ version: 1, tokens: [{ ...record, expiresAt: "soon" }] })],
  ])("%s is refused by its name, and nothing of it is quoted", async (_, content) => {
    await tokens.add({ name: "ci", role: "viewer" });
    await folder.release();
    writeFileSync(file(), content);
    folder = await openDataFolder(join(parent, "data"));
    const opening = openAccessTokens(folder, () => now);
    await expect(opening).rejects.toThrow(DamagedFolder);
    await expect(opening).rejects.toThrow(/access-tokens\.json/);
    await expect(opening).rejects.not.toThrow(new RegExp(hash));
  });

  it("that is gone is missed at the next start", async () => {
    await tokens.add({ name: "ci", role: "viewer" });
    await folder.release();
    rmSync(file());
    await expect(openDataFolder(join(parent, "data"))).rejects.toThrow(/access-tokens\.json is missing/);
    writeFileSync(file(), JSON.stringify({ version: 1, tokens: [] }));
    folder = await openDataFolder(join(parent, "data"));
  });
});
