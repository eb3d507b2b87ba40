import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { AuditUnavailable } from "./audit-log.ts";
import { type AuditTuning, openAuditLog } from "./open-audit-log.ts";
import { threads } from "./testing/audit-threads.ts";
import { newFolder, openTestAudit, type TestAudit, testTime } from "./testing/open-test-audit.ts";

vi.mock("../registry/sqlite/start-thread.ts", async (original) => {
  const { recordThreads } = await import("./testing/audit-threads.ts");
  return recordThreads(await original());
});

const state = (test: TestAudit, wanted: string) =>
  vi.waitFor(() => expect(test.audit.health()).toMatchObject({ state: wanted }), { timeout: 20_000, interval: 10 });

/** Records one event after the other, named by number. */
function recordMany({ audit }: TestAudit, from: number, to: number, detail = "x"): void {
  for (let n = from; n < to; n++) audit.record({ type: "connected", deviceId: `lamp-${n}`, detail });
}

async function devicesOf({ all }: TestAudit): Promise<string[]> {
  return (await all({ types: ["connected"] })).map(({ deviceId = "" }) => deviceId).reverse();
}

const named = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `lamp-${from + n}`);

describe("a dead thread", () => {
  it("holds up nothing; what comes meanwhile is written by the next one, once, and the gap is told", async () => {
    const test = openTestAudit();
    recordMany(test, 0, 300);
    await test.audit.flush();
    recordMany(test, 300, 500);
    void test.audit.flush(); // under way when it dies
    test.clock.now += 1000;
    await threads.at(-1)?.terminate();
    expect(test.audit.health()).toMatchObject({ state: "unavailable", since: testTime + 1000 });
    expect(test.problems).toEqual([expect.stringMatching(/^The audit's thread stopped .* another one is started\.$/)]);
    recordMany(test, 500, 600);
    await test.audit.flush(); // cannot be written just now, and does not wait
    test.clock.now += 1000;
    await state(test, "ready");
    expect(await devicesOf(test)).toEqual(named(0, 600));
    expect(await test.all({ types: ["service"] })).toMatchObject([
      {
        reason: "audit_gap",
        firstAt: testTime + 1000,
        lastAt: testTime + 2000,
        detail: expect.stringMatching(/Nothing was lost\.$/),
      },
    ]);
    expect(test.audit.health()).toMatchObject({ queued: 0, dropped: 0, rows: 601 });
  });

  it("loses what finds no room, and says how much", async () => {
    const test = openTestAudit({ tuning: { longestQueue: 100 } });
    recordMany(test, 0, 1);
    await test.audit.flush();
    await threads.at(-1)?.terminate();
    recordMany(test, 1, 151);
    expect(test.audit.health()).toMatchObject({ queued: 100, dropped: 50 });
    await state(test, "ready");
    expect(await devicesOf(test)).toEqual(named(0, 101));
    expect(await test.all({ types: ["service"] })).toMatchObject([
      { reason: "audit_gap", detail: expect.stringMatching(/ 50 events were lost\.$/) },
    ]);
  });

  it("that dies of what it is given does not do so for ever", async () => {
    const test = openTestAudit();
    recordMany(test, 0, 1);
    await test.audit.flush();
    const before = threads.length;
    const stringify = vi.spyOn(JSON, "stringify").mockReturnValueOnce("not JSON");
    recordMany(test, 1, 3);
    const flushed = test.audit.flush();
    stringify.mockRestore();
    await flushed;
    await vi.waitFor(() => expect(threads.length).toBe(before + 3), { timeout: 20_000 });
    await state(test, "ready");
    recordMany(test, 3, 4);
    expect(await devicesOf(test)).toEqual(["lamp-0", "lamp-3"]);
    expect(test.audit.health().dropped).toBe(2);
  });

  it("answers no question any more", async () => {
    const { audit, clock } = openTestAudit();
    await audit.query({});
    const asked = [audit.query({}), audit.reasons({ from: clock.now })];
    await Promise.resolve();
    const terminated = threads.at(-1)?.terminate();
    for (const result of await Promise.allSettled(asked))
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(AuditUnavailable);
    await terminated;
    await expect(audit.query({})).rejects.toThrow("The audit cannot be read: its thread is being restarted.");
    await expect(audit.reasons({ from: 0 })).rejects.toBeInstanceOf(AuditUnavailable);
  });
});

interface LittleRoom {
  file: string;
  pragmas: string[];
  makeRoom(): void;
}

/** A quota of SQLite itself: works wherever tests run. */
function pageQuota(): LittleRoom {
  const file = join(newFolder(), "audit.db");
  return {
    file,
    pragmas: ["max_page_count = 150"],
    makeRoom() {
      const db = new Database(file);
      db.exec("delete from events where detail like 'yyy%'");
      db.close();
    },
  };
}

/** A real disk of two megabytes, where mounting is allowed. */
function smallDisk(): LittleRoom {
  const disk = newFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "ignore" });
  onTestFinished(() => void execFileSync("umount", ["--lazy", disk]));
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  return { file: join(disk, "audit.db"), pragmas: [], makeRoom: () => rmSync(ballast) };
}

function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), "connack-audit-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" });
    execFileSync("umount", [disk]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(disk, { recursive: true });
  }
}

const rooms: [string, () => LittleRoom][] = [["page quota", pageQuota]];
if (canMount()) rooms.push(["full disk", smallDisk]);

describe("an audit without room", () => {
  it.each(rooms)("goes on answering, holds what it can, and tells of the gap (%s)", async (_, littleRoom) => {
    const { file, pragmas, makeRoom } = littleRoom();
    const test = openTestAudit({ file, tuning: { pragmas, longestQueue: 300 } });
    let written = 0;
    while (test.audit.health().state !== "full") {
      expect(written).toBeLessThan(5000);
      recordMany(test, written, written + 20, "y".repeat(900));
      written += 20;
      await test.audit.flush();
    }
    expect(test.problems).toEqual([expect.stringMatching(/^The disk of the audit is full\. Free some space\./)]);
    const { queued } = test.audit.health();
    const kept = written - queued;
    expect(kept).toBeGreaterThan(20);
    expect(await devicesOf(test)).toEqual(named(0, kept));
    recordMany(test, written, written + 1000, "y".repeat(900));
    expect(test.audit.health()).toMatchObject({ state: "full", queued: 300, dropped: 1000 + queued - 300 });
    await new Promise((resolve) => setTimeout(resolve, 200)); // several looks
    expect(test.audit.health().state).toBe("full");

    test.clock.now += 60_000;
    makeRoom();
    await state(test, "ready");
    await test.audit.flush();
    const [gap] = await test.all({ types: ["service"] });
    expect(gap).toMatchObject({ reason: "audit_gap", firstAt: testTime, lastAt: testTime + 60_000 });
    expect(gap?.detail).toMatch(new RegExp(` ${1000 + queued - 300} events were lost\\.$`));
    expect(await test.all({ deviceId: `lamp-${written}` })).toHaveLength(1);
  });
});

describe("an audit file that", () => {
  it("is taken away is made anew, for the user alone", async () => {
    const test = openTestAudit();
    recordMany(test, 0, 5);
    await test.audit.flush();
    rmSync(test.file);
    await vi.waitFor(() => expect(statSync(test.file).mode & 0o777).toBe(0o600), { timeout: 20_000 });
    recordMany(test, 5, 8);
    await vi.waitFor(async () => expect(await devicesOf(test)).toEqual(named(5, 8)), { timeout: 20_000 });
    expect(await test.all({ types: ["service"] })).toMatchObject([
      { reason: "audit_gap", detail: expect.stringMatching(/ since; the history before is gone with that file\.$/) },
    ]);
    await test.audit.close();
    expect(readdirSync(dirname(test.file)).filter((name) => !name.includes("set-aside"))).toEqual(["audit.db"]);
  });

  it.each<[string, (file: string) => void]>([
    ["is overwritten with garbage", overwrite],
    ["is replaced by garbage", (file) => replace(file, (path) => writeFileSync(path, randomBytes(50_000)))],
    ["is replaced by another program's database", (file) => replace(file, otherDatabase)],
    ["is emptied", (file) => truncateSync(file, 0)],
  ])("%s is moved aside, and a new one is begun", async (name, damage) => {
    const test = openTestAudit();
    recordMany(test, 0, 200);
    await test.audit.flush();
    checkpoint(test.file); // else all of it is in the log, and comes back from there
    damage(test.file);
    await vi.waitFor(
      async () => expect((await test.all({ types: ["service"] })).map(({ reason }) => reason)).toContain("audit_gap"),
      { timeout: 20_000 },
    );
    recordMany(test, 200, 210);
    await vi.waitFor(async () => expect(await devicesOf(test)).toEqual(named(200, 210)), { timeout: 20_000 });
    const reasons = (await test.all({ types: ["service"] })).map(({ reason }) => reason);
    const aside = readdirSync(dirname(test.file)).filter((each) => /^audit\.db\.corrupt-[\dT]+\.\d+Z$/.test(each));
    if (name !== "is emptied") {
      expect(reasons).toContain("audit_corrupt");
      expect(aside).toHaveLength(1);
      expect(test.problems.join()).toContain(join(dirname(test.file), aside[0] ?? ""));
    }
    const db = new Database(test.file, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });

  it("is damaged before the start is moved aside too; three of such are kept", async () => {
    const folder = newFolder();
    const file = join(folder, "audit.db");
    for (let n = 0; n < 4; n++) {
      writeFileSync(file, randomBytes(10_000));
      const test = openTestAudit({ file });
      await test.audit.query({});
      expect(test.audit.health().state).toBe("ready");
      expect(await test.all({ types: ["service"] })).toMatchObject([{ reason: "audit_corrupt" }]);
      await test.audit.close();
    }
    expect(readdirSync(folder).filter((name) => name.includes("corrupt"))).toHaveLength(3);
  });

  it("a newer version has written is left alone", async () => {
    const first = openTestAudit();
    recordMany(first, 0, 1);
    await first.audit.flush();
    await first.audit.close();
    const db = new Database(first.file);
    db.exec("insert into kysely_migration (name, timestamp) values ('0999-later', '')");
    db.close();
    const test = openTestAudit({ file: first.file });
    recordMany(test, 1, 2);
    await state(test, "unavailable");
    expect(test.audit.health()).toMatchObject({ detail: expect.stringContaining("newer version"), queued: 1 });
    await expect(test.audit.query({})).rejects.toThrow("newer version");
    await test.audit.close();
    expect(test.problems.at(-1)).toBe("1 entries of the audit could not be written before the end.");
  });

  it("another process holds is written when it lets go", async () => {
    const test = openTestAudit();
    recordMany(test, 0, 1);
    await test.audit.flush();
    const other = new Database(test.file);
    other.exec("begin immediate");
    recordMany(test, 1, 3);
    await state(test, "unavailable");
    expect(test.audit.health().detail).toContain("another process holds the file");
    expect(await devicesOf(test)).toEqual(["lamp-0"]);
    other.exec("rollback");
    other.close();
    await state(test, "ready");
    expect(await devicesOf(test)).toEqual(named(0, 3));
  });
});

describe("an audit file that cannot be written", () => {
  const nobody = 65_534;
  const isRoot = process.geteuid?.() === 0;
  afterEach(() => {
    if (isRoot) process.seteuid?.(0);
  });

  it("is read, and written when it can be", async () => {
    const folder = newFolder();
    const own = join(folder, "own");
    mkdirSync(own, { mode: 0o700 });
    chmodSync(folder, 0o755);
    const test = openTestAudit({ file: join(own, "audit.db") });
    recordMany(test, 0, 1);
    await test.all();
    if (isRoot) {
      for (const path of [own, ...["", "-wal", "-shm"].map((suffix) => test.file + suffix)])
        chownSync(path, nobody, nobody);
      process.seteuid?.(nobody); // permissions do not stop root
    }
    chmodSync(test.file, 0o400);
    renameSync(test.file, `${test.file}.away`);
    renameSync(`${test.file}.away`, test.file);
    rmSync(`${test.file}-wal`, { force: true }); // opened anew
    recordMany(test, 1, 2);
    await state(test, "read-only");
    expect(await devicesOf(test)).toEqual(["lamp-0"]);
    chmodSync(test.file, 0o600);
    await state(test, "ready");
    expect(await devicesOf(test)).toContain("lamp-1");
    expect(await test.all({ types: ["service"] })).toMatchObject([{ reason: "audit_gap" }]);
  });

  it("for there is no folder is a state, not an error", async () => {
    const test = openTestAudit({ file: join(newFolder(), "no such folder", "audit.db") });
    recordMany(test, 0, 5);
    await state(test, "unavailable");
    await expect(test.audit.query({})).rejects.toBeInstanceOf(AuditUnavailable);
    mkdirSync(dirname(test.file));
    await state(test, "ready");
    expect(await devicesOf(test)).toEqual(named(0, 5));
  });
});

describe("a clock that is set back", () => {
  it("is told, with how far; ids rise, and a row never ends before it begins", async () => {
    const test = openTestAudit();
    const refused = { type: "connect", result: "deny", reason: "bad_password", deviceId: "lamp" } as const;
    const follower = test.audit.follow({});
    test.audit.record(refused);
    await test.audit.flush();
    test.clock.now -= 3 * 3_600_000;
    test.audit.record(refused);
    await test.audit.flush();
    test.clock.now -= 500; // as time servers do
    test.audit.record({ type: "connected", deviceId: "lamp" });
    const [connected] = await test.all({ types: ["connected"] });
    const [note] = await test.all({ types: ["service"] });
    const [row] = await test.all({ types: ["connect"] });
    expect(await test.all()).toHaveLength(3);
    expect(note).toMatchObject({ reason: "clock_set_back", firstAt: testTime - 3 * 3_600_000 });
    expect(note?.detail).toBe(
      "The clock of this machine was set back by 3 h: from 2026-11-03T12:00:00.000Z to 2026-11-03T09:00:00.000Z.",
    );
    expect(row).toMatchObject({ count: 2, firstAt: testTime, lastAt: testTime });
    follower.close();
    const ids = [];
    for await (const each of follower) if ("id" in each) ids.push(each.id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(ids).toHaveLength(4);
    expect(connected?.id).toBe(ids.at(-1));
  });

  it("while nothing ran is told too, and no id is used twice", async () => {
    const first = openTestAudit();
    recordMany(first, 0, 10);
    await first.audit.flush();
    await first.audit.close();
    const test = openTestAudit({ file: first.file });
    test.clock.now -= 86_400_000;
    recordMany(test, 10, 20);
    await test.audit.flush();
    recordMany(test, 20, 30);
    const events = await test.all();
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.min(...events.filter(({ lastAt }) => lastAt < testTime).map(({ id }) => id))).toBeGreaterThan(
      Math.max(...events.filter(({ lastAt }) => lastAt === testTime).map(({ id }) => id)),
    );
    const notes = await test.all({ types: ["service"] });
    expect(notes.map(({ detail }) => detail)).toEqual([expect.stringContaining("set back by 24 h")]);
  });
});

describe("an audit in a short-lived process", () => {
  it("writes before it ends, and is over for its readers", async () => {
    const file = join(newFolder(), "audit.db");
    const tuning: Partial<AuditTuning> = { flushMs: 60_000 };
    const limits = { keepFor: 1e6, maxRows: 1e6, maxBytes: 1e9 };
    const audit = openAuditLog({ file, ...limits, nowMs: () => testTime, onProblem() {}, tuning });
    await audit.query({}); // a loaded machine takes its time to start a thread
    const follower = audit.follow({});
    audit.record({ type: "change", reason: "device add", deviceId: "lamp", actor: "cli" });
    await Promise.all([audit.close(), audit.close()]);
    const told = [];
    for await (const each of follower) told.push(each);
    expect(told).toMatchObject([{ type: "change", deviceId: "lamp" }]);
    const again = openTestAudit({ file });
    expect(await again.all()).toMatchObject([{ type: "change", actor: "cli" }]);
    await expect(audit.query({})).rejects.toBeInstanceOf(AuditUnavailable);
  });
});

function overwrite(file: string): void {
  const size = statSync(file).size;
  writeSync(openSync(file, "r+"), randomBytes(size), 0, size, 0); // left open: closing it would drop SQLite's locks
}

function replace(file: string, write: (path: string) => void): void {
  write(`${file}.other`);
  renameSync(`${file}.other`, file);
}

function checkpoint(file: string): void {
  const db = new Database(file);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

function otherDatabase(path: string): void {
  const other = new Database(path);
  other.exec("create table notes (text)");
  other.close();
}
