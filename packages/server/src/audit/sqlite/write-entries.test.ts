import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NewAuditEvent } from "../audit-event.ts";
import { newFolder } from "../testing/open-test-audit.ts";
import { openTestFile } from "../testing/open-test-file.ts";
import { auditFaultOf } from "./audit-fault.ts";
import { countReasons } from "./count-reasons.ts";
import { queryEvents } from "./query-events.ts";

const event: NewAuditEvent = { type: "connect", result: "deny", reason: "bad_password", deviceId: "lamp" };
const hour = 3_600_000;

describe("entries", () => {
  it("of one batch are written once, however often it is sent", async () => {
    const { writer, open } = await openTestFile();
    const entries = JSON.stringify([[null, "key", 1e9, 5, "connect", 1, 1, 1, ...Array(19).fill(null)]]);
    const batch = { batch: 1, count: 1, now: 10, entries };
    for (let n = 0; n < 3; n++) expect(writer.write([batch], () => undefined)).toEqual({ lost: 0 });
    expect(writer.write([batch, { ...batch, batch: 2 }], () => undefined)).toEqual({ lost: 0 });
    expect(queryEvents(open.db, { limit: 10 }).events).toMatchObject([{ id: 5, count: 2 }]);
    expect(writer.progress).toEqual({ batch: 2, lastId: 5, lastNow: 10, rows: 1 });
  });

  it("of another run are not taken for the same batch, and ids stay above what was used", async () => {
    const file = join(newFolder(), "audit.db");
    const first = await openTestFile(file, "first");
    first.write([{ id: 900, event: { type: "service" }, at: 50 }]);
    const second = await openTestFile(file, "second");
    expect(second.writer.progress).toEqual({ batch: 0, lastId: 900, lastNow: 50, rows: 1 });
    second.write([3, 4, 1000].map((id) => ({ id, event: { type: "service" }, at: 60 })));
    const ids = queryEvents(second.open.db, { limit: 10 }).events.map(({ id }) => id);
    expect(ids).toEqual([1000, 902, 901, 900]);
  });

  it("are not written where the commit is forbidden, and leave nothing behind", async () => {
    const { writer, open, write } = await openTestFile();
    const entries = JSON.stringify([[null, null, 0, 5, "connect", 1, 1, 1, ...Array(19).fill(null)]]);
    const before = { ...writer.progress };
    const fault = auditFaultOf("unavailable", "moved");
    expect(writer.write([{ batch: 1, count: 1, now: 1, entries }], () => fault)).toBe(fault);
    expect(writer.progress).toEqual(before);
    write([{ id: 9, event, at: 7 }]);
    expect(countReasons(open.db, 0, 100)).toMatchObject([{ count: 1 }]);
    expect(queryEvents(open.db, { limit: 10 }).events).toMatchObject([{ id: 9 }]);
  });

  it("that cannot be written are left out and counted, the others are kept", async () => {
    const { writer, open } = await openTestFile();
    const good = [null, null, 0, 5, "connect", 1, 1, 1, ...Array(19).fill(null)];
    const entries = JSON.stringify([
      good,
      [null, null, 0, 6, null, 1, 1, 1],
      [...good.slice(0, 3), 7, ...good.slice(4)],
    ]);
    expect(writer.write([{ batch: 1, count: 4, now: 1, entries }], () => undefined)).toEqual({ lost: 2 });
    expect(queryEvents(open.db, { limit: 10 }).events.map(({ id }) => id)).toEqual([7, 5]);
  });

  it("of a login that comes again make no refusal of the device grow, whatever its id", async () => {
    const { write, open } = await openTestFile();
    const lamp = { type: "connect", deviceId: "lamp", clientId: "lamp-1" } as const;
    const refused: NewAuditEvent = { ...lamp, result: "deny", reason: "bad_password" };
    const login: NewAuditEvent = { ...lamp, result: "allow" };
    write([
      { id: 8, event: login, at: 1 },
      { id: 9, event: refused, at: 2 },
    ]);
    write([
      { id: 10, event: login, at: 3, row: 9 },
      { id: 11, event: login, at: 4, row: 8 },
    ]);
    const rows = queryEvents(open.db, { limit: 10 }).events.map(({ id, result, count }) => `${id} ${result} ${count}`);
    expect(rows).toEqual(["8 allow 2", "10 allow 1", "9 deny 1"]);
  });

  it("that grow never end before they begin, also when the clock was set back", async () => {
    const { write, open } = await openTestFile();
    const fold = { key: "same", forMs: 24 * hour };
    const grow = (at: number, now = at) => {
      write([{ id: at, event, at, fold }], now);
      const [row] = queryEvents(open.db, { limit: 1 }).events;
      return [row?.firstAt, row?.lastAt, row?.count];
    };
    expect(grow(10 * hour)).toEqual([10 * hour, 10 * hour, 1]);
    expect(grow(12 * hour)).toEqual([10 * hour, 12 * hour, 2]);
    expect(grow(11 * hour, 12 * hour)).toEqual([10 * hour, 12 * hour, 3]); // told late
    expect(grow(11 * hour)).toEqual([10 * hour, 11 * hour, 4]); // set back
    expect(grow(3 * hour)).toEqual([10 * hour, 10 * hour, 5]);
  });
});

describe("counts by reason", () => {
  it("are of refusals only, of hours that are not over before, the most frequent first", async () => {
    const { write, open } = await openTestFile();
    const fold = (key: string) => ({ key, forMs: 1e9 });
    const at = 100 * hour;
    write([
      { id: 1, event, at: at - 1, count: 50, fold: fold("a") },
      { id: 2, event, at: at + 10, count: 3, fold: fold("a") },
      { id: 3, event: { ...event, deviceId: "fan" }, at: at + 20, count: 9, fold: fold("b") },
      { id: 4, event: { ...event, reason: "no_key" }, at: at + 30, count: 11, fold: fold("c") },
      { id: 5, event: { type: "publish_denied", clientId: "c", topic: "t" }, at: at + 2 * hour, count: 20 },
      { id: 6, event: { type: "connect", result: "allow", deviceId: "lamp" }, at: at + 30, count: 99 },
      { id: 7, event: { type: "disconnected", reason: "bad_password", deviceId: "tv" }, at: at + 30, count: 99 },
    ]);
    // its line is older than the window: of those 53 times at most all of the window were in it
    const lamp = { deviceId: "lamp", count: 12 };
    const fan = { deviceId: "fan", count: 9 };
    expect(countReasons(open.db, at + 5, at + 3 * hour)).toEqual([
      {
        ...{ type: "publish_denied", reason: "publish_denied", count: 20, lastAt: at + 2 * hour },
        ...{ devices: 1, examples: [{ clientId: "c", count: 20 }] },
      },
      { type: "connect", reason: "bad_password", count: 12, lastAt: at + 20, devices: 2, examples: [lamp, fan] },
      {
        ...{ type: "connect", reason: "no_key", count: 11, lastAt: at + 30 },
        ...{ devices: 1, examples: [{ deviceId: "lamp", count: 11 }] },
      },
    ]);
    expect(countReasons(open.db, at + 25, at + hour).map(({ reason }) => reason)).toEqual(["no_key"]);
    expect(countReasons(open.db, at - hour, at).map(({ count }) => count)).toEqual([50]);
    expect(countReasons(open.db, at + 3 * hour, at + 9 * hour)).toEqual([]);
  });

  it("stay few, whatever reasons are told", async () => {
    const { write, open } = await openTestFile();
    const entries = Array.from({ length: 3000 }, (_, n) => ({
      id: n + 1,
      event: { ...event, reason: `r${n}` },
      at: 5,
    }));
    write(entries.slice(0, 1500));
    write(entries.slice(1500));
    expect(open.db.prepare("select count(*) from hourly").pluck().get()).toBe(2001);
    expect(countReasons(open.db, 0, 10)[0]).toMatchObject({ reason: "other", count: 1000 });
  });
});
