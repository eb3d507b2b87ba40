import { X509Certificate } from "node:crypto";
import { mintXiaozhiHmac } from "@connack/credentials";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type StepName, stepNames } from "../authn/decide-connect.ts";
import { server } from "../brokers/embedded/testing/lab-certificates.ts";
import type { EmqxConnections } from "../open-house.ts";
import { openTestHouse, type TestHouse, testNowMs } from "../operations/testing/open-test-house.ts";
import { metricTable } from "./metrics/metric-table.ts";
import { createMetrics } from "./metrics.ts";
import { namesIn, readExposition } from "./testing/read-exposition.ts";

const emqx: EmqxConnections = {
  state: () => ({
    ...{ reachable: true, since: testNowMs, pending: 2, bans: 1, ended: 7, failed: 0 },
    subscriptions: { done: 3, gone: 1, dropped: 0, waiting: 4 },
  }),
  warnings: () => [],
  kick: async () => 0,
};

/** One for all, as it takes a while to open: the tests look at what changes. */
let test: TestHouse;
beforeAll(async () => {
  test = await openTestHouse({ connected: [{ deviceId: "lamp-1", clientId: "lamp-1" }] });
  test.house.emqx = emqx;
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => test.close());

const scrape = async (metrics = test.house.metrics) => readExposition((await metrics.render()).body);

async function hmacLogin(key?: string) {
  const secret = key ?? test.house.keyRing.issuingKey("xiaozhi-hmac")?.record.secret ?? "";
  return await mintXiaozhiHmac({ key: secret, group: "GID_lamp", mac: "02:00:00:00:00:0a" });
}

const nameOf = (step: StepName) => step.replaceAll(" ", "_");

describe("what a house tells", () => {
  it("is every metric there is", async () => {
    const { house, run } = test;
    house.metrics.watchLog({ dropped: () => 3 });
    house.metrics.certificateInForce("embedded", new X509Certificate(server.certificate));
    house.metrics.decided({
      broker: "emqx",
      decision: await house.decideConnect(await hmacLogin()),
      request: undefined,
      latencyMs: 1,
    });
    await run("key.add", { scheme: "jwt", algorithm: "HS256" });
    await run("service.add", { name: "backend", profile: "backend" });
    await run("service.rotate", { name: "backend", grace: 3600 });
    await house.audit.flush();
    const lines = await scrape();
    expect([...namesIn(lines)].sort()).toEqual(Object.keys(metricTable).sort());
    expect(lines.get("connack_ready")).toBe(1);
    expect(lines.get("connack_log_lines_dropped_total")).toBe(3);
    expect(lines.get('connack_devices{status="active"}')).toBe(1);
    expect(lines.get('connack_former_password_ends_timestamp_seconds{service="backend"}')).toBe(
      testNowMs / 1000 + 3600,
    );
    expect(lines.get('connack_key_logins_total{key="hmac-1"}')).toBe(1);
    expect(lines.get('connack_key_superseded_timestamp_seconds{key="jwt-1"}')).toBe(testNowMs / 1000);
    const ends = lines.get('connack_certificate_expires_timestamp_seconds{listener="embedded"}');
    expect(ends).toBe(Date.parse(new X509Certificate(server.certificate).validTo) / 1000);
    expect(lines.get("connack_embedded_connected")).toBe(1);
    expect(lines.get('connack_embedded_used{of="offline_sessions"}')).toBe(0);
    expect(lines.get("connack_emqx_up")).toBe(1);
    expect(lines.get("connack_emqx_pending_devices")).toBe(2);
    expect(lines.get('connack_emqx_subscribed_total{result="done"}')).toBe(3);
    expect(lines.get('connack_broker_events_total{kind="connected"}')).toBe(0);
  });

  it("names no device", async () => {
    const login = await hmacLogin();
    for (let n = 0; n < 3; n++) await test.house.decideConnect({ ...login, peerHost: "192.0.2.77" });
    await test.house.registry.flush();
    const { body } = await test.house.metrics.render();
    expect(body).toContain('connack_devices{status="active"} 1');
    expect(body).not.toMatch(/lamp|02:00:00|0a\b|192\.0\.2/i);
  });
});

describe("steps and store", () => {
  it("are timed by decisions, and not by dry runs", async () => {
    const { decideConnect } = test.house;
    const counts = async () => {
      const lines = await scrape();
      return stepNames.map((step) => lines.get(`connack_decision_step_seconds_count{step="${nameOf(step)}"}`) ?? -1);
    };
    const before = await counts();
    await decideConnect(await hmacLogin(), { dryRun: true });
    expect(await counts()).toEqual(before);
    await decideConnect(await hmacLogin());
    await decideConnect(await hmacLogin("x".repeat(40)));
    const more = [2, 2, 2, 2, 1, 1, 1];
    expect(await counts()).toEqual(before.map((count, step) => count + (more[step] ?? 0)));
  });

  it("look-ups and writes of the store are timed, and what memory knows is not", async () => {
    const { registry } = test.house;
    const counts = async () => {
      const lines = await scrape();
      return ["find", "write"].map((operation) => lines.get(`connack_store_seconds_count{operation="${operation}"}`));
    };
    // What earlier decisions have still to write.
    await registry.flush();
    const [find = 0, write = 0] = await counts();
    await registry.add({ id: "lamp-2", status: "active", schemes: ["jwt"], createdAt: testNowMs });
    await registry.find("lamp-2");
    await registry.find("lamp-2");
    expect(await counts()).toEqual([find + 1, write + 1]);
  });
});

describe("a scrape", () => {
  it("gives the rest when something cannot be found out, which is told", async () => {
    const told: unknown[] = [];
    const problem = new Error("no health today");
    const health = () => {
      throw problem;
    };
    const house = { ...test.house, audit: { ...test.house.audit, health } };
    const metrics = createMetrics({ house: () => house, onError: (error) => told.push(error) });
    const lines = await scrape(metrics);
    metrics.close();
    expect(told).toEqual([problem]);
    expect(lines.has('connack_audit_state{state="ready"}')).toBe(false);
    expect(lines.get("connack_ready")).toBe(1);
    expect(lines.has("connack_embedded_connected")).toBe(true);
  });

  it("is made once for all who ask meanwhile", async () => {
    const { metrics } = test.house;
    const [one, other] = await Promise.all([metrics.render(), metrics.render()]);
    expect(other).toBe(one);
    expect(await metrics.render()).not.toBe(one);
  });

  it("without the embedded broker has nothing of it", async () => {
    const { embedded: _, ...house } = test.house;
    const metrics = createMetrics({ house: () => house, onError: () => {} });
    const lines = await scrape(metrics);
    metrics.close();
    expect([...lines.keys()].join()).not.toContain("embedded_");
    expect([...lines.keys()].join()).not.toContain("topic_denials");
  });
});

it("nothing runs before the start, and nothing after the end", async () => {
  const begun = vi.spyOn(globalThis, "setInterval");
  const ended = vi.spyOn(globalThis, "clearInterval");
  const metrics = createMetrics({ house: () => test.house, onError: () => {} });
  metrics.decided({
    broker: "emqx",
    decision: await test.house.decideConnect(await hmacLogin()),
    request: undefined,
    latencyMs: 1,
  });
  expect(begun).not.toHaveBeenCalled();
  await metrics.start();
  await metrics.render();
  expect(begun).toHaveBeenCalledTimes(1);
  metrics.close();
  expect(ended).toHaveBeenCalledWith(begun.mock.results[0]?.value);
});
