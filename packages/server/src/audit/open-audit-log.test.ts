import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { NewAuditEvent } from "./audit-event.ts";
import { openTestAudit, testTime } from "./testing/open-test-audit.ts";

const refusal: NewAuditEvent = {
  type: "connect",
  result: "deny",
  reason: "token_expired",
  broker: "emqx",
  deviceId: "lamp-1",
  clientId: "lamp-1-a",
  address: "192.0.2.7",
  scheme: "jwt",
};
const { reason: _, ...notRefused } = refusal;
const login: NewAuditEvent = { ...notRefused, result: "allow", keyId: "2026-01" };

describe("an audit", () => {
  it("is not opened before it is needed, and then for the user alone", async () => {
    const { audit, file } = openTestAudit();
    expect(audit.health()).toEqual({ state: "ready", since: testTime, detail: "", queued: 0, dropped: 0, unlisted: 0 });
    await audit.flush();
    expect(existsSync(file)).toBe(false);
    audit.record(login);
    await audit.flush();
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(file + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(audit.health()).toMatchObject({ state: "ready", queued: 0, dropped: 0, rows: 1 });
    expect(audit.health().bytes).toBeGreaterThan(10_000);
    await audit.close();
    expect(readdirSync(dirname(file))).toEqual(["audit.db"]);
  });

  it("makes no file when it is closed unused", async () => {
    const { audit, file } = openTestAudit();
    await audit.close();
    audit.record(login);
    expect(existsSync(file)).toBe(false);
  });

  it("gives back what was recorded, whole", async () => {
    const { audit, all } = openTestAudit();
    const event: NewAuditEvent = {
      ...refusal,
      listener: "tls:default",
      unproven: true,
      keyId: "k1",
      detail: "It expired 3 min ago.",
      hints: [{ code: "expired_ago", text: "3 min" }],
      topic: "a/b",
      latencyUs: 118.6,
      token: { iat: 1000, nbf: 1001, exp: 1060 },
      actor: "connack",
      at: testTime - 5,
    };
    audit.record(event);
    audit.record({ type: "service", reason: "started" });
    const [started, first] = await all();
    const { at: _, ...kept } = event;
    expect(first).toEqual({
      ...kept,
      id: expect.any(Number),
      firstAt: testTime - 5,
      lastAt: testTime - 5,
      count: 1,
      latencyUs: 119,
      token: { iat: 1000, nbf: 1001, exp: 1060, firstIat: 1000 },
    });
    expect(started).toEqual({
      ...{ id: expect.any(Number), type: "service", reason: "started" },
      ...{ firstAt: testTime, lastAt: testTime, count: 1 },
    });
  });

  it("bounds every text and keeps no control character", async () => {
    const { audit, all } = openTestAudit();
    const long = "x\n".repeat(5000);
    audit.record({ ...refusal, detail: long, clientId: long, topic: long, hints: [{ code: "weak_key", text: long }] });
    const [event] = await all();
    expect(event?.detail).toBe("x\ufffd".repeat(500));
    expect(event?.clientId).toBe("x\ufffd".repeat(128));
    expect(event?.topic).toBe("x\ufffd".repeat(128));
    expect(event?.hints?.[0]?.text).toBe("x\ufffd".repeat(250));
  });

  it("gives pages of the length asked for, each once", async () => {
    const { audit } = openTestAudit();
    for (let n = 0; n < 300; n++) audit.record({ type: "connected", deviceId: `lamp-${n}` });
    const first = await audit.query({ limit: 200 });
    const second = await audit.query({ limit: 200, after: first.next ?? "" });
    expect([first.events.length, second.events.length, second.next]).toEqual([200, 100, undefined]);
    const devices = [...first.events, ...second.events].map(({ deviceId }) => deviceId);
    expect(devices).toEqual(Array.from({ length: 300 }, (_, n) => `lamp-${299 - n}`));
  });

  it("refuses a page that is none", async () => {
    const { audit } = openTestAudit();
    for (const query of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { after: "x" }, { after: "1.2.3" }])
      await expect(audit.query(query)).rejects.toThrow(RangeError);
  });
});

describe("repeats of a refusal", () => {
  it("are one row: a device that retries every ten seconds for a week", async () => {
    const { audit, all, clock } = openTestAudit();
    const times = 7 * 8640;
    for (let n = 0; n < times; n++) {
      audit.record({ ...refusal, latencyUs: n, token: { iat: n }, detail: `Try ${n}.`, address: `192.0.2.${n % 200}` });
      if (n % 5000 === 0) await audit.flush();
      clock.now += 10_000;
    }
    expect(await all()).toEqual([
      {
        ...refusal,
        id: expect.any(Number),
        firstAt: testTime,
        lastAt: testTime + (times - 1) * 10_000,
        count: times,
        latencyUs: times - 1,
        token: { iat: times - 1, firstIat: 0 },
        detail: `Try ${times - 1}.`,
        address: `192.0.2.${(times - 1) % 200}`,
      },
    ]);
  });

  it("stay one row over a restart", async () => {
    const first = openTestAudit();
    first.audit.record(refusal);
    await first.audit.flush();
    await first.audit.close();
    const second = openTestAudit({ file: first.file });
    second.clock.now += 60_000;
    second.audit.record(refusal);
    const events = await second.all();
    expect(events).toMatchObject([{ count: 2, firstAt: testTime, lastAt: testTime + 60_000 }]);
  });

  it("end when the device is let in, in the same moment too", async () => {
    const { audit, all, clock } = openTestAudit();
    const record = (event: NewAuditEvent) => {
      clock.now += 1;
      audit.record(event);
    };
    for (const event of [refusal, refusal, login, refusal]) record(event);
    await audit.flush();
    record({ ...login, clientId: "another" });
    await audit.flush();
    record(refusal);
    const events = await all();
    expect(events.map(({ result, count }) => `${result} ${count}`)).toEqual([
      ...["deny 1", "allow 1", "deny 1", "allow 1", "deny 2"],
    ]);
  });

  it("of another device do not end with it", async () => {
    const { audit, all } = openTestAudit();
    const other = { ...refusal, deviceId: "lamp-2" };
    for (const event of [other, login, other]) {
      audit.record(event);
      await audit.flush();
    }
    expect(await all({ result: "deny" })).toMatchObject([{ deviceId: "lamp-2", count: 2 }]);
  });

  it("end when the last was more than a day ago", async () => {
    const { audit, all, clock } = openTestAudit();
    for (const hours of [0, 24, 49]) {
      clock.now = testTime + hours * 3_600_000;
      audit.record(refusal);
      await audit.flush();
    }
    expect((await all()).map(({ count }) => count)).toEqual([1, 2]);
  });

  it("are apart where reason, broker, device or topic differ, and only there", async () => {
    const { audit, all } = openTestAudit();
    const denied: NewAuditEvent = { type: "publish_denied", broker: "embedded", deviceId: "lamp-1", topic: "a" };
    const different: NewAuditEvent[] = [
      ...[refusal, { ...refusal, reason: "bad_signature" }, { ...refusal, broker: "http" }],
      ...[{ ...refusal, deviceId: "lamp-2" }, denied, { ...denied, topic: "b" }],
    ];
    for (const event of different) audit.record(event);
    for (const event of different) audit.record({ ...event, clientId: "another", address: "192.0.2.9", scheme: "jwt" });
    const events = await all();
    expect(events).toHaveLength(different.length);
    expect(events.every(({ count, clientId }) => count === 2 && clientId === "another")).toBe(true);
  });

  it("of one login that a broker asks for twice are one row, for ten seconds", async () => {
    const { audit, all, clock } = openTestAudit();
    for (const seconds of [0, 1, 9, 11]) {
      clock.now = testTime + seconds * 1000;
      audit.record(login);
      if (seconds === 1) await audit.flush();
    }
    audit.record({ ...login, keyId: "2026-02" });
    expect((await all()).map(({ count }) => count)).toEqual([1, 1, 3]);
  });

  it("are no such thing among connections, changes and notes", async () => {
    const { audit, all } = openTestAudit();
    for (const type of ["connected", "disconnected", "change", "service"] as const)
      for (let n = 0; n < 3; n++) audit.record({ type, reason: "same", deviceId: "lamp-1" });
    const events = await all();
    expect(events).toHaveLength(12);
    expect(events.every(({ count }) => count === 1)).toBe(true);
  });

  it("of a guard are one row within an hour", async () => {
    const { audit, all, clock } = openTestAudit();
    for (const minutes of [0, 59, 100, 170]) {
      clock.now = testTime + minutes * 60_000;
      audit.record({ type: "guard", broker: "embedded", reason: "packet_too_large", deviceId: `lamp-${minutes}` });
      await audit.flush();
    }
    expect((await all()).map(({ count }) => count)).toEqual([1, 3]);
  });
});

describe("a storm", () => {
  it("of made-up client ids is a hundred rows and one of all others, with every attempt counted", async () => {
    const { audit, all } = openTestAudit();
    const { deviceId: _, ...stranger } = refusal;
    for (let n = 0; n < 20_000; n++) audit.record({ ...stranger, clientId: `rogue-${n % 5000}` });
    const events = await all();
    expect(events).toHaveLength(101);
    expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
    const [rest] = events.filter(({ clientId }) => clientId === undefined);
    expect(rest).toMatchObject({ count: 20_000 - 400, address: refusal.address, reason: refusal.reason });
    const others = /about (.+) other client ids, beside the 100/.exec(rest?.detail ?? "")?.[1]?.replace(" ", "");
    expect(Number(others)).toBeGreaterThan(4600);
    expect(Number(others)).toBeLessThan(5200);
    expect(await audit.reasons({ from: testTime })).toMatchObject([
      { type: "connect", reason: "token_expired", count: 20_000, devices: 100, lastAt: testTime },
    ]);
    expect(audit.health().dropped).toBe(0);
  });

  it("in the name of a registered device leaves that device a row of its own, wherever it comes from", async () => {
    const { audit, all } = openTestAudit({ isKnown: (deviceId) => deviceId === "lamp-1" });
    for (let n = 0; n < 500; n++) {
      const unproven = { ...refusal, unproven: true as const, address: `192.0.2.${n % 2}` };
      audit.record({ ...unproven, deviceId: `nobody-${n}` });
      audit.record({ ...unproven, deviceId: "lamp-1" });
    }
    expect(await all({ deviceId: "lamp-1" })).toMatchObject([{ count: 500, unproven: true, address: "192.0.2.1" }]);
    expect(await all()).toHaveLength(1 + 2 * 101);
  });

  it("of topics is twenty rows and one of all others", async () => {
    const { audit, all } = openTestAudit();
    for (let n = 0; n < 300; n++) audit.record({ type: "publish_denied", deviceId: "lamp-1", topic: `t/${n}` });
    const events = await all({ deviceId: "lamp-1" });
    expect(events).toHaveLength(21);
    const [rest] = events.filter(({ topic }) => topic === undefined);
    expect(rest).toMatchObject({ count: 280, deviceId: "lamp-1", reason: "publish_denied" });
    expect(rest?.detail).toMatch(/^One line for about 2[6-9]\d other topics, beside the 20 with lines of their own\.$/);
  });

  it("of logins is listed as far as rows go, the rest is a number", async () => {
    const { audit, all, clock } = openTestAudit({ tuning: { rowsPerSecond: 100, rowsAtOnce: 100 } });
    for (let n = 0; n < 2500; n++) {
      if (n === 2000) clock.now += 1000;
      audit.record({ ...login, deviceId: `lamp-${n}` });
      if (n % 700 === 0) await audit.flush();
    }
    const events = await all();
    expect(events).toHaveLength(202);
    const sums = events.filter(({ deviceId }) => deviceId === undefined);
    const told = (count: string) => `${count} more logins were allowed in this second and are not listed one by one.`;
    expect(sums.map(({ count, detail }) => [count, detail])).toEqual([
      [400, told("400")],
      [1900, told("1 900")],
    ]);
    expect(audit.health()).toMatchObject({ dropped: 2300, unlisted: 2300 });
  });

  it("of refusals by different devices goes on in the rows they have", async () => {
    const { audit, all } = openTestAudit({ tuning: { rowsAtOnce: 100 } });
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 150; n++) audit.record({ ...refusal, deviceId: `lamp-${n}` });
      await audit.flush();
    }
    const events = await all();
    expect(events.filter(({ deviceId }) => deviceId !== undefined).map(({ count }) => count)).toEqual(
      Array(100).fill(3),
    );
    expect(events.filter(({ deviceId }) => deviceId === undefined)).toMatchObject([{ count: 150, result: "deny" }]);
  });

  it("of more growing rows than are written is written in its turn, and counted right", async () => {
    const tuning = { growthsPerSecond: 10, growthsAtOnce: 20, flushMs: 20 };
    const { audit, all, clock } = openTestAudit({ tuning });
    const refuseAll = () => {
      for (let n = 0; n < 100; n++) audit.record({ ...refusal, deviceId: `lamp-${n}` });
    };
    refuseAll();
    await audit.flush();
    for (let round = 0; round < 3; round++) refuseAll();
    await vi.waitFor(() => expect(audit.health().queued).toBe(80));
    clock.now += 1000;
    await vi.waitFor(() => expect(audit.health().queued).toBe(70));
    expect(audit.health()).toMatchObject({ dropped: 0, unlisted: 0 });
    // the login ends the refusals that came before it, also those that wait
    audit.record({ ...login, deviceId: "lamp-99" });
    audit.record({ ...refusal, deviceId: "lamp-99" });
    const events = await all();
    const countsOf = (device: string) => events.filter(({ deviceId }) => deviceId === device).map(({ count }) => count);
    for (let n = 0; n < 99; n++) expect(countsOf(`lamp-${n}`)).toEqual([4]);
    expect(countsOf("lamp-99")).toEqual([1, 1, 4]);
    expect(audit.health()).toMatchObject({ queued: 0, rows: 102 });
  });

  it("of more growing rows than may wait counts the rest together", async () => {
    const tuning = { longestQueue: 200, growthsPerSecond: 0, growthsAtOnce: 20 };
    const { audit, all } = openTestAudit({ tuning });
    for (let n = 0; n < 150; n++) audit.record({ ...refusal, deviceId: `lamp-${n}` });
    await audit.flush();
    for (let n = 0; n < 150; n++) audit.record({ ...refusal, deviceId: `lamp-${n}` });
    const events = await all();
    const countsOf = (isSum: boolean) =>
      events.filter(({ deviceId }) => (deviceId === undefined) === isSum).map(({ count }) => count);
    expect(countsOf(false)).toHaveLength(150);
    expect(countsOf(false).reduce((sum, count) => sum + count, 0)).toBe(150 + 20 + 100);
    expect(countsOf(true)).toEqual([30]);
    expect(await audit.reasons({ from: testTime })).toMatchObject([{ reason: "token_expired", count: 300 }]);
  });

  it("of logins hides no refusal, and no login of a device that was refused before", async () => {
    const { audit, all, clock } = openTestAudit({ tuning: { rowsPerSecond: 0, rowsAtOnce: 50 } });
    audit.record(refusal);
    await audit.flush();
    const others = Array.from({ length: 60 }, (_, n) => ({ ...login, deviceId: `fan-${n}` }));
    for (const event of [...others, { ...refusal, deviceId: "lamp-2" }, login]) audit.record(event);
    await audit.flush();
    clock.now += 20_000;
    audit.record(refusal);
    audit.record({ ...login, clientId: "after a refusal that waits" });
    const events = await all();
    const resultsOf = (device: string) =>
      events.filter(({ deviceId }) => deviceId === device).map(({ result, count }) => `${result} ${count}`);
    expect(resultsOf("lamp-1")).toEqual(["allow 1", "deny 1", "allow 1", "deny 1"]);
    expect(resultsOf("lamp-2")).toEqual(["deny 1"]);
    expect(events.filter(({ deviceId = "" }) => deviceId.startsWith("fan-"))).toHaveLength(50);
    expect(events.filter(({ deviceId }) => deviceId === undefined)).toMatchObject([{ result: "allow", count: 10 }]);
  });

  it("of logins that are asked for twice is not listed by the second time either", async () => {
    const { audit, all } = openTestAudit({ tuning: { rowsAtOnce: 100 } });
    for (let round = 0; round < 3; round++)
      for (let n = 0; n < 150; n++) audit.record({ ...login, deviceId: `lamp-${n}` });
    const events = await all();
    expect(events).toHaveLength(101);
    expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(450);
    expect(events.filter(({ deviceId }) => deviceId === undefined)).toMatchObject([{ count: 150 }]);
  });

  it("does not wait for its time to be written", async () => {
    const { audit } = openTestAudit({ tuning: { flushMs: 3_600_000 } });
    for (let n = 0; n < 2000; n++) audit.record({ type: "connected", deviceId: `lamp-${n}` });
    await vi.waitFor(() => expect(audit.health()).toMatchObject({ queued: 0, rows: 2000 }), { timeout: 20_000 });
  });

  it("that is too much for the queue is counted, and told afterwards", async () => {
    const { audit, all, problems } = openTestAudit({ tuning: { longestQueue: 500, rowsAtOnce: 1e9 } });
    for (let n = 0; n < 2000; n++) audit.record({ type: "connected", deviceId: `lamp-${n}` });
    expect(audit.health()).toMatchObject({ queued: 500, dropped: 1500, unlisted: 0 });
    await audit.flush();
    const notes = await all({ types: ["service"] });
    expect(notes).toMatchObject([{ reason: "audit_dropped", detail: expect.stringMatching(/^1500 events were lost/) }]);
    expect(await all()).toHaveLength(501);
    expect(problems).toEqual([]);
  });
});
