import { denyReasons } from "@connack/credentials";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NewAuditEvent } from "../audit/audit-event.ts";
import { createMemoryAudit, type MemoryAudit } from "../audit/testing/memory-audit.ts";
import type { EventPage } from "./audit-query.ts";
import type { ReasonViews } from "./audit-reasons.ts";
import type { DeviceTimeline } from "./device-timeline.ts";
import { openTestHouse, type TestHouse, testNowMs } from "./testing/open-test-house.ts";

const minute = 60_000;
const hour = 60 * minute;

let test: TestHouse;
let audit: MemoryAudit;

beforeAll(async () => {
  test = await openTestHouse();
  await test.house.audit.close();
});
beforeEach(() => {
  audit = createMemoryAudit(() => testNowMs);
  Object.assign(test.house, { audit });
});
afterAll(() => test.close());

const record = (ago: number, event: NewAuditEvent) =>
  audit.record({ broker: "embedded", ...event, at: testNowMs - ago });
const refuse = (ago: number, more: Partial<NewAuditEvent> = {}) =>
  record(ago, { type: "connect", result: "deny", reason: "device_disabled", deviceId: "sensor-1", ...more });
const timeline = (id: string, more: object = {}) => test.run<DeviceTimeline>("device.timeline", { id, ...more });
const kinds = ({ rows }: DeviceTimeline) => rows.map(({ kind }) => kind);

describe("audit.query", () => {
  it("gives events as views, newest first, page by page", async () => {
    for (const [index, deviceId] of ["a", "b", "c"].entries()) refuse(hour - index * minute, { deviceId });
    const first = await test.run<EventPage>("audit.query", { types: ["connect"], result: "deny", limit: 2 });
    expect(first.events.map(({ deviceId, time }) => [deviceId, time])).toEqual([
      ["c", "2026-01-01T23:02:00.000Z"],
      ["b", "2026-01-01T23:01:00.000Z"],
    ]);
    const rest = await test.run<EventPage>("audit.query", { after: first.next, from: "2026-01-01T00:00:00Z" });
    expect([rest.events.map(({ deviceId }) => deviceId), rest.next]).toEqual([["a"], undefined]);
    const between = { from: testNowMs - hour + 1, until: "2026-01-02T00:02:00+01:00" };
    expect((await test.run<EventPage>("audit.query", between)).events.map(({ deviceId }) => deviceId)).toEqual(["b"]);
  });

  it("takes times as the command line does, and since for from", async () => {
    for (const [index, deviceId] of ["a", "b", "c"].entries()) refuse((3 - index) * hour, { deviceId });
    const ids = async (range: object) =>
      (await test.run<EventPage>("audit.query", range)).events.map(({ deviceId }) => deviceId).join("");
    expect(await ids({ since: "2h" })).toBe("cb");
    expect(await ids({ from: "90m" })).toBe("c");
    expect(await ids({ since: "3h", until: "90m" })).toBe("ba");
    expect(await ids({ since: "2026-01-02" })).toBe("");
    expect(await ids({ since: "2026-01-01" })).toBe("cba");
    expect(await ids({ since: "2026-01-01T22:00" })).toBe("cb");
    expect(await ids({ until: testNowMs - hour })).toBe("ba");
  });

  it("refuses what is no question", async () => {
    const questions = [
      { from: "tomorrow" },
      { since: "1h", from: "1h" },
      { reason: "foo" },
      { since: -1 },
      { types: ["conect"] },
      { limit: 1001 },
      { types: [] },
      { deviceId: "" },
    ];
    for (const input of [...questions, { what: 1 }])
      await expect(test.run("audit.query", input)).rejects.toMatchObject({ code: "bad_input" });
  });
});

it.each([
  ["audit.query", {}],
  ["audit.reasons", {}],
  ["device.timeline", { id: "x" }],
])("%s says when the audit cannot be read, and changes nothing", async (name, input) => {
  audit.unavailable = true;
  audit.reasons = () => audit.query({}) as never;
  await expect(test.run(name, input)).rejects.toMatchObject({
    code: "audit_unavailable",
    message: "the audit cannot be read: the audit is being opened",
    next: "decisions go on without it; connack status tells its state",
  });
});

it("audit.reasons tells what each means and what to do, most frequent first", async () => {
  audit.reasonCounts = [
    {
      type: "connect",
      reason: "device_disabled",
      count: 3,
      devices: 1,
      examples: [{ deviceId: "s 1", count: 3 }],
      lastAt: testNowMs,
    },
    {
      type: "connack",
      reason: "banned",
      count: 9,
      devices: 2,
      examples: [{ clientId: "c", count: 8 }],
      lastAt: testNowMs,
    },
  ];
  let asked: object = {};
  const { reasons } = audit;
  audit.reasons = (range) => {
    asked = range;
    return reasons(range);
  };
  const answer = await test.run<ReasonViews>("audit.reasons", {});
  expect(asked).toEqual({ from: testNowMs - 24 * hour });
  expect([answer.from, answer.until]).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]);
  await test.run("audit.reasons", { from: testNowMs - 90 * minute, until: testNowMs - minute });
  expect(asked).toEqual({ from: testNowMs - 2 * hour, until: testNowMs });
  expect(answer.reasons).toMatchObject([
    { type: "connack", reason: "banned", count: 9, lastAt: "2026-01-02T00:00:00.000Z" },
    { reason: "device_disabled", sentence: denyReasons.device_disabled.sentence, fix: "connack device enable 's 1'" },
  ]);
  expect(answer.reasons[0]).not.toHaveProperty("fix");
});

describe("device.timeline", () => {
  it("tells of a device, oldest first, with the fix of what is to be mended", async () => {
    await test.run("device.add", { id: "reg-1", schemes: ["jwt"] });
    audit.rows = [];
    record(5 * hour, { type: "connect", result: "allow", scheme: "jwt", deviceId: "reg-1" });
    for (const ago of [3, 2, 1]) refuse(ago * minute, { deviceId: "reg-1" });
    refuse(0, { deviceId: "other" });
    const answer = await timeline("reg-1");
    expect(answer).toMatchObject({
      asked: "reg-1",
      deviceId: "reg-1",
      status: "active",
      known: true,
      since: "2025-12-26T00:00:00.000Z",
      summary: "Refused 3 times since 2026-01-01 23:57 UTC: the device is disabled.",
      refusal: { reason: "device_disabled", fix: "connack device enable reg-1" },
      rows: [
        { kind: "let in", lastAt: "2026-01-01T19:00:00.000Z" },
        { kind: "refused", count: 3, firstAt: "2026-01-01T23:57:00.000Z", lastAt: "2026-01-01T23:59:00.000Z" },
      ],
      more: false,
      next: "connack watch --device reg-1",
    });
  });

  it("joins to its events those that have nothing but its client id, and says that nothing proved them", async () => {
    await test.run("device.add", { id: "reg-2", schemes: ["jwt"], clientIds: ["esp-7"] });
    audit.rows = [];
    const nameless = { type: "connect", result: "deny", reason: "bad_signature" } as const;
    record(3 * minute, { ...nameless, clientId: "esp-7" });
    record(2 * minute, { ...nameless, clientId: "reg-2" });
    record(minute, { ...nameless, clientId: "esp-8" });
    refuse(0, { clientId: "esp-7", deviceId: "thief", reason: "client_id_in_use" });
    for (const asked of ["reg-2", "esp-7"]) {
      const answer = await timeline(asked);
      const own = answer.rows.filter(({ reason }) => reason !== "client_id_in_use");
      expect([answer.deviceId, own.map(({ unproven }) => unproven)]).toEqual(["reg-2", [true, true]]);
      expect(answer.summary).toMatch(/^Somebody who said to be it was refused 2 times/);
      expect(answer.refusal).toMatchObject({ reason: "bad_signature", unproven: true });
      expect(answer.next).toBe("connack credential explain -");
    }
    const ofClient = await timeline("esp-7");
    expect(ofClient).toMatchObject({ clientId: "esp-7" });
    expect(ofClient.rows.at(-1)?.text).toMatch(/^device thief: client_id_in_use: /);
    expect((await timeline("reg-2")).rows).toHaveLength(2);
  });

  it("is not crowded out by logins, and tells what is so by all of them", async () => {
    refuse(5 * hour, { reason: "token_expired" });
    record(4.5 * hour, {
      type: "publish_denied",
      result: "deny",
      reason: "publish_denied",
      deviceId: "sensor-1",
      topic: "a/b",
    });
    for (let index = 0; index < 520; index++) {
      record(4 * hour - index * 10_000, { type: "connected", deviceId: "sensor-1", broker: "emqx" });
      record(4 * hour - index * 10_000 - 1, {
        type: "disconnected",
        deviceId: "sensor-1",
        broker: "emqx",
        reason: "normal",
      });
    }
    const answer = await timeline("sensor-1", { limit: 10 });
    expect(answer.rows.map(({ kind, count }) => [kind, count])).toEqual([
      ["refused", 1],
      ["denied topic", 1],
      ["connected", 500],
    ]);
    expect(answer).toMatchObject({ more: true, leftOut: "logins" });
    expect(answer.summary).toMatch(
      /^Disconnected .*; before that refused once in 7 days, last at .* \(token_expired\)\.$/,
    );
    expect((await timeline("sensor-1", { limit: 2 })).summary).toBe(answer.summary);
    const refusedOnly = await timeline("sensor-1", { refused: true, limit: 10 });
    expect([kinds(refusedOnly), refusedOnly.more]).toEqual([["refused", "denied topic"], false]);
  });

  it("says who removed, revoked or disabled it", async () => {
    await test.run("device.add", { id: "reg-4", schemes: ["jwt"] });
    await test.run("device.disable", { id: "reg-4" });
    audit.rows = [];
    record(minute, { type: "change", reason: "device.disable", deviceId: "reg-4", actor: "api:ci" });
    expect((await timeline("reg-4", { since: testNowMs })).summary).toMatch(
      /^Disabled at 2026-01-01 23:59 UTC by api:ci\. /,
    );
    await test.run("device.enable", { id: "reg-4" });
    expect((await timeline("reg-4")).summary).not.toMatch(/abled/);
    record(0, { type: "change", reason: "device.remove", deviceId: "gone-1", actor: "cli" });
    expect((await timeline("gone-1")).summary).toMatch(/^Removed at 00:00 UTC by cli\. /);
  });

  it("says first that the audit is not being written", async () => {
    audit.health = () => ({ state: "full", since: testNowMs - minute, detail: "No room.", queued: 1200, dropped: 0 });
    const answer = await timeline("nobody");
    const warning =
      "The audit is not being written since 2026-01-01 23:59 UTC (full): what follows is incomplete; 1 200 events wait to be written. No room.";
    expect(answer.warnings).toEqual([warning]);
    expect(answer.summary).toBe(
      "Nothing of it trying to connect was written in the last 7 days, and the audit is incomplete.",
    );
    expect((await test.run<ReasonViews>("audit.reasons", {})).warnings).toEqual([warning]);
  });

  it("finds a MAC in any form, whether registered or only met in the audit", async () => {
    const mac = "02:00:00:00:00:01";
    refuse(minute, { deviceId: mac, reason: "device_unknown" });
    for (const asked of [mac, "02-00-00-00-00-01", "020000000001", "02_00_00_00_00_01"])
      expect(await timeline(asked)).toMatchObject({ asked, deviceId: mac, known: true, rows: [{ kind: "refused" }] });
    expect(await timeline(mac)).not.toHaveProperty("status");
    await test.run("device.add", { id: mac, schemes: ["xiaozhi-hmac"] });
    expect(await timeline("020000000001")).toMatchObject({ deviceId: mac, status: "active" });
  });

  it("finds a client id that no device is known by", async () => {
    record(minute, { type: "connect", result: "deny", reason: "malformed_token", clientId: "esp-9" });
    const answer = await timeline("esp-9");
    expect(answer).toMatchObject({ clientId: "esp-9", known: true, rows: [{ kind: "refused", unproven: true }] });
    expect(answer).not.toHaveProperty("deviceId");
    record(0, { type: "connect", result: "deny", reason: "no_key", clientId: "esp 8" });
    expect(await timeline("esp 8")).toMatchObject({ next: "connack watch --client-id 'esp 8'" });
  });

  it("knows nothing of a name that was never met, and something of a device that never came", async () => {
    expect(await timeline("nobody")).toMatchObject({
      known: false,
      rows: [],
      summary: "Never seen in the audit of the last 7 days.",
      next: "connack device list",
    });
    await test.run("device.add", { id: "reg-3", schemes: ["jwt"] });
    audit.rows = [];
    expect(await timeline("reg-3", { since: testNowMs - hour })).toMatchObject({
      known: true,
      status: "active",
      summary: "Never seen in the audit of the last 1 hour.",
    });
  });

  it("is about the time that was asked for, and knows what came before it", async () => {
    record(20 * hour, { type: "connected", deviceId: "sensor-1", broker: "emqx" });
    refuse(30 * hour);
    const answer = await timeline("sensor-1", { since: new Date(testNowMs - hour).toISOString() });
    expect([answer.rows, answer.summary]).toEqual([[], "Connected since 2026-01-01 04:00 UTC, no refusals in 1 hour."]);
  });

  it("asks the embedded broker whether it is connected now", async () => {
    record(hour, { type: "connected", deviceId: "sensor-1" });
    expect((await timeline("sensor-1")).summary).toMatch(/^Not connected: its last connection began at/);
    Object.assign(test.house, { embedded: { connected: () => [{ deviceId: "sensor-1", clientId: "c" }] } });
    expect((await timeline("sensor-1")).summary).toMatch(/^Connected since /);
    delete test.house.embedded;
  });

  it("tells of the clock and of gaps", async () => {
    for (let attempt = 0; attempt < 60; attempt++) {
      const at = testNowMs - 10 * hour + attempt * minute;
      const iat = at / 1000 - 28_800;
      refuse(testNowMs - at, { reason: "token_expired", token: { iat, exp: iat + 3600 } });
    }
    const [row] = audit.rows;
    if (row?.token?.iat !== undefined) row.token.firstIat = row.token.iat - 59 * 60;
    const answer = await timeline("sensor-1");
    expect(answer.clock).toEqual({ kind: "offset", seconds: -28_800, attempts: 60 });
    expect(answer.summary).toMatch(/ 7 h before each attempt; the device's clock is about 8 h slow\.$/);
    expect(kinds(answer)).toEqual(["refused", "gap"]);
  });

  it("gives the latest rows where there are more than were asked for", async () => {
    for (let index = 0; index < 5; index++)
      record(hour - index, {
        type: "publish_denied",
        reason: "publish_denied",
        deviceId: "sensor-1",
        topic: `t/${index}`,
      });
    const answer = await timeline("sensor-1", { limit: 2 });
    expect([answer.more, answer.rows.map(({ text }) => text.slice(0, 14))]).toEqual([
      true,
      ["publish to t/3", "publish to t/4"],
    ]);
    await expect(timeline("", {})).rejects.toMatchObject({ code: "bad_input" });
  });

  it("goes by the audit alone while the registry cannot be read", async () => {
    refuse(minute);
    await test.house.registry.close();
    expect(await timeline("sensor-1")).toMatchObject({ deviceId: "sensor-1", rows: [{ kind: "refused" }] });
  });
});
