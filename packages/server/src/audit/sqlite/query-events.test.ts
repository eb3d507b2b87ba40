import { describe, expect, it } from "vitest";
import type { AuditEvent, AuditType, NewAuditEvent } from "../audit-event.ts";
import type { AuditFilter, AuditPage, AuditQuery } from "../audit-log.ts";
import { openTestFile, type TestEntry, type TestFile } from "../testing/open-test-file.ts";
import { sourcesOf } from "./event-sources.ts";
import { queryEvents } from "./query-events.ts";

const types: AuditType[] = ["connect", "connected", "disconnected", "publish_denied", "change", "service", "guard"];
const begin = 1_000_000;

/** Events of every type, several in one millisecond, in no order of time. */
function mixedEntries(count: number): TestEntry[] {
  return Array.from({ length: count }, (_, n) => {
    const type = types[(n * 5) % types.length] as AuditType;
    const event: NewAuditEvent = {
      type,
      ...(n % 3 > 0 && { deviceId: `device-${n % 11}` }),
      ...(n % 4 > 0 && { clientId: `client-${n % 13}` }),
      ...(n % 5 > 0 && { broker: n % 2 ? "emqx" : "embedded" }),
      ...(type === "connect" && { result: n % 4 ? ("deny" as const) : ("allow" as const) }),
      ...(n % 7 > 1 && { reason: `reason-${n % 5}` }),
    };
    return { id: n + 1, event, at: begin + ((n * 37) % Math.floor(count / 3)) };
  });
}

const filters: AuditFilter[] = [
  {},
  ...[{ deviceId: "device-3" }, { clientId: "client-5" }, { reason: "reason-2" }, { broker: "emqx" }],
  ...[{ result: "deny" as const }, { result: "allow" as const }, { types: ["change"] as const }],
  { types: ["change", "service", "publish_denied"] },
  ...[{ types: ["connected", "change"] as const }, { types: [] }, { types: ["change", "change"] as const }],
  { deviceId: "device-3", clientId: "client-5" },
  { deviceId: "device-3", result: "deny", reason: "reason-2", broker: "emqx", types: ["connect", "guard"] },
  { result: "deny", broker: "embedded" },
  { types: ["guard", "service"], broker: "embedded", reason: "reason-1" },
  ...[{ deviceId: "nobody" }, { broker: "nobody" }],
];
const ranges: Pick<AuditQuery, "from" | "until">[] = [
  ...[{}, { from: begin + 50 }, { until: begin + 60 }, { from: begin + 20, until: begin + 21 }, { from: 1, until: 2 }],
];

function fits(event: AuditEvent, query: AuditQuery): boolean {
  const { types: wanted, from, until, after: _a, limit: _l, ...rest } = query;
  return (
    (wanted?.includes(event.type) ?? true) &&
    (from === undefined || event.lastAt >= from) &&
    (until === undefined || event.lastAt < until) &&
    Object.entries(rest).every(([member, value]) => event[member as keyof AuditEvent] === value)
  );
}

function readAll({ open }: TestFile, query: AuditQuery, limit: number): { events: AuditEvent[]; pages: AuditPage[] } {
  const pages: AuditPage[] = [];
  let after: string | undefined;
  do {
    const page = queryEvents(open.db, { ...query, limit, ...(after !== undefined && { after }) });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return { events: pages.flatMap(({ events }) => events), pages };
}

describe("a question", () => {
  it.each([1, 7, 1000])("of any filter gets every event that fits, newest first, in pages of %d", async (limit) => {
    const file = await openTestFile();
    const entries = mixedEntries(300);
    expect(file.write(entries)).toBe(0);
    const newestFirst = (a: AuditEvent, b: AuditEvent) => b.lastAt - a.lastAt || b.id - a.id;
    const { events: everything } = readAll(file, {}, 1000);
    expect(everything).toHaveLength(300);
    for (const filter of filters) {
      for (const range of ranges) {
        const query = { ...filter, ...range };
        const expected = everything.filter((event) => fits(event, query)).sort(newestFirst);
        const { events, pages } = readAll(file, query, limit);
        expect(events, JSON.stringify(query)).toEqual(expected);
        expect(pages, JSON.stringify(query)).toHaveLength(Math.max(1, Math.ceil(expected.length / limit)));
      }
    }
  });

  it("that no index serves looks at so many rows for a page, and goes on from there", async () => {
    const file = await openTestFile();
    const rows = Array.from({ length: 25_000 }, (_, n) => ({
      ...{ id: n + 1, at: begin + n },
      event: { type: "connected" as const, broker: n % 9000 === 0 ? "seldom" : "emqx" },
    }));
    file.write(rows);
    const { events, pages } = readAll(file, { broker: "seldom" }, 100);
    expect(events.map(({ id }) => id)).toEqual([18_001, 9001, 1]);
    expect(pages.map((page) => page.events.length)).toEqual([1, 1, 1]);
    expect(readAll(file, { broker: "nobody" }, 100).pages.map((page) => page.events.length)).toEqual([0, 0, 0]);
    expect(readAll(file, { types: ["connected"], from: begin + 24_000 }, 1000).events).toHaveLength(1000);
  });

  it("of several types stays in order where one of them is looked through no further for now", async () => {
    const file = await openTestFile();
    const rows = Array.from({ length: 12_000 }, (_, n) => ({
      ...{ id: n + 1, at: begin + n },
      event: { type: n < 30 ? ("change" as const) : ("service" as const), broker: n % 4000 < 20 ? "seldom" : "emqx" },
    }));
    file.write(rows);
    const { events } = readAll(file, { types: ["change", "service"], broker: "seldom" }, 100);
    const ids = [8000, 4000, 0].flatMap((from) => Array.from({ length: 20 }, (_, n) => from + 20 - n));
    expect(events.map(({ id }) => id)).toEqual(ids);
  });

  it("goes on where it was: what happens again meanwhile comes to the front, and nothing comes twice", async () => {
    const file = await openTestFile();
    const fold = (n: number) => ({ key: `fold ${n}`, forMs: 1e9 });
    const event: NewAuditEvent = { type: "connect", result: "deny", deviceId: "lamp" };
    const entry = (n: number, at: number): TestEntry => ({ id: n, event, at, fold: fold(n) });
    file.write(Array.from({ length: 20 }, (_, n) => entry(n + 1, begin + n)));
    const first = queryEvents(file.open.db, { deviceId: "lamp", limit: 8 });
    file.write([entry(3, begin + 100), entry(18, begin + 101), entry(21, begin + 102)]);
    const second = queryEvents(file.open.db, { deviceId: "lamp", limit: 100, after: first.next ?? "" });
    expect(first.events.map(({ id }) => id)).toEqual([20, 19, 18, 17, 16, 15, 14, 13]);
    expect(second.events.map(({ id }) => id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 2, 1]);
    const anew = queryEvents(file.open.db, { limit: 4 });
    expect(anew.events.map(({ id }) => id)).toEqual([21, 18, 3, 20]);
  });

  it("is answered by an index, without sorting", async () => {
    const { open } = await openTestFile();
    for (const filter of filters) {
      for (const { index, where, values } of sourcesOf(filter)) {
        const sql = `explain query plan select * from events indexed by ${index}
          where ${[...where, "last_at <= 5", "last_at >= 1"].join(" and ")} order by last_at desc, id desc limit 5`;
        const plan = open.db.prepare(sql).all(...values) as { detail: string }[];
        expect(plan.map(({ detail }) => detail)).toEqual([
          expect.stringMatching(`SEARCH events USING INDEX ${index} `),
        ]);
      }
    }
  });
});
