import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createFindDevice } from "../authn/find-device.ts";
import { createDecideTopic } from "../authz/decide-topic.ts";
import { createGroupRights } from "../authz/group-rights.ts";
import { createResolveRights } from "../authz/resolve-rights.ts";
import { recordedAuthz, renderBody } from "../brokers/emqx/testing/authz-body.ts";
import { type CachedRegistry, cachedRegistry } from "../registry/cached-registry.ts";
import { deviceStatuses } from "../registry/device.ts";
import type { NewDevice } from "../registry/device-registry.ts";
import { openSqliteRegistry } from "../registry/sqlite/sqlite-registry.ts";
import { temporaryFolder } from "../registry/testing/temporary-folder.ts";
import { emqxRequest, raw, start, stopAll, token } from "./testing/start-broker-server.ts";

const folder = temporaryFolder();
const path = "/brokers/emqx/authz";
const bearer = `authorization: Bearer ${token}\r\n`;

async function openRegistry(name: string) {
  const file = join(folder, name);
  const store = await openSqliteRegistry({ file, create: true, watchMs: 30 });
  return { file, registry: cachedRegistry(store, { goOnForMs: 0 }) };
}

let registry: CachedRegistry;
beforeAll(async () => {
  registry = (await openRegistry("shared.db")).registry;
});
afterAll(() => registry.close());
afterEach(stopAll);

/** A server on a registry with these devices. */
async function startWith(...devices: NewDevice[]) {
  for (const device of devices) {
    if (await registry.find(device.id)) await registry.setStatus(device.id, deviceStatuses, "removed");
    await registry.add(device);
  }
  return startOn(registry);
}

async function startOn(registry: CachedRegistry) {
  const decideTopic = createDecideTopic({
    findDevice: createFindDevice(registry),
    resolveRights: createResolveRights(createGroupRights({}, registry)),
    onError: (error) => expect.fail(String(error)),
  });
  const asked = await start(() => expect.fail("nobody connects here"), { decideTopic });
  const ask = (body: object | string, headers = bearer) =>
    raw(asked.port, emqxRequest(typeof body === "string" ? body : JSON.stringify(body), path, headers));
  return { ...asked, ask };
}

const device = (id: string, more: Partial<NewDevice> = {}): NewDevice => ({
  id,
  status: "active",
  schemes: ["jwt"],
  createdAt: 1000,
  ...more,
});

const recorded = recordedAuthz[0] ?? expect.fail("no recording");
const question = (id: string, topic: string, more: object = {}) => ({
  ...renderBody({ ...recorded, topic }, { device: id, scheme: "jwt" }),
  ...more,
});

const isAllow = /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n.*\r\n\r\n\{"result":"allow"\}$/s;
const isDeny = /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n.*\r\n\r\n\{"result":"deny"\}$/s;

describe("POST /brokers/emqx/authz", () => {
  it("replayed from EMQX 5.8.0: allows what a rule allows and denies the rest, as JSON and as form", async () => {
    const rules: NewDevice["rules"] = [
      { permission: "deny", action: "publish", topics: ["t/a"], qos: [2] },
      { permission: "allow", action: "all", topics: ["t/#"], qos: [1, 2] },
      { permission: "allow", action: "subscribe", topics: ["a/+"] },
      { permission: "allow", action: "publish", topics: ["w/t"], retain: false },
    ];
    const { port } = await startWith(device("sensor-1", { rules }));
    const answers: string[] = [];
    for (const request of recordedAuthz) {
      const body = renderBody(request, { device: "sensor-1", scheme: "jwt" });
      const asJson = await raw(port, emqxRequest(JSON.stringify(body), path, bearer));
      const text = new URLSearchParams(body).toString();
      const asForm = await raw(
        port,
        emqxRequest(text, path, bearer).replace("application/json", "application/x-www-form-urlencoded"),
      );
      const expected = isAllow.test(asJson) ? isAllow : isDeny;
      expect(asJson).toMatch(expected);
      expect(asForm).toMatch(expected);
      const { action, topic, qos, retain } = request;
      answers.push(`${action} ${topic} ${qos} ${retain}: ${isAllow.test(asJson) ? "allow" : "deny"}`);
    }
    expect(answers).toMatchInlineSnapshot(`
      [
        "publish t/a 0 false: deny",
        "publish t/a 1 false: allow",
        "publish t/a 2 false: deny",
        "subscribe t/# 1 false: allow",
        "publish t/c 1 false: allow",
        "publish t/c 0 false: deny",
        "publish t/c 1 true: allow",
        "subscribe t/c 1 false: allow",
        "publish w/t 0 false: allow",
        "subscribe a/1 1 false: allow",
        "subscribe a/2 0 false: allow",
        "subscribe a/3 2 false: allow",
        "subscribe # 0 false: deny",
      ]
    `);
  });

  it("answers questions on one connection in their order", async () => {
    const { port } = await startWith(device("d"));
    const topics = Array.from({ length: 50 }, (_, index) => (index % 3 === 0 ? "other" : `devices/d/${index}`));
    const bytes = topics.map((topic) => emqxRequest(JSON.stringify(question("d", topic)), path, bearer)).join("");
    const results = [...(await raw(port, bytes, 50)).matchAll(/"result":"(\w+)"/g)].map(([, result]) => result);
    expect(results).toEqual(topics.map((topic) => (topic === "other" ? "deny" : "allow")));
  });

  it("tells of each denial, and of what was asked", async () => {
    const { ask, denials } = await startWith(device("d"));
    expect(await ask(question("d", "devices/d/up"))).toMatch(isAllow);
    expect(denials).toEqual([]);
    expect(await ask(question("d", "other"))).toMatch(isDeny);
    expect(denials).toMatchObject([
      {
        broker: "emqx",
        decision: { reason: "publish_denied", deviceId: "d", from: "closing rule: what nothing allows is denied" },
        question: { clientId: recorded.clientid, request: { topic: "other" } },
      },
    ]);
  });
});

describe("is denied with 200", () => {
  it("whoever is not our broker, also on loopback", async () => {
    const { port, denials, questions } = await start(() => expect.fail());
    const body = JSON.stringify(question("d", "devices/d/up"));
    for (const headers of ["", "authorization: Bearer wrong\r\n", `authorization: Basic ${token}\r\n`]) {
      expect(await raw(port, emqxRequest(body, path, headers))).toMatch(isDeny);
    }
    expect(denials.map(({ decision }) => decision.reason)).toEqual(Array(3).fill("broker_not_authorized"));
    expect(questions).toEqual([]);
  });

  it.each([
    ["what is no JSON", "{"],
    ["nothing", ""],
    ["a question without a device", { ...question("d", "devices/d/up"), device: undefined }],
    ["a device that is a placeholder", question(`\${client_attrs.device}`, "devices/d/up")],
    ["a device that is empty", question("", "devices/d/up")],
    ["an unknown QoS", question("d", "devices/d/up", { qos: "7" })],
  ])("%s", async (_, body) => {
    const { ask, denials } = await startWith(device("d"));
    expect(await ask(body)).toMatch(isDeny);
    expect(denials.map(({ decision }) => decision.reason)).toEqual(["malformed_request"]);
  });

  it("what is too long", async () => {
    const { ask, denials } = await startWith(device("d"));
    expect(await ask(question("d", `devices/d/${"x".repeat(20_000)}`))).toMatch(isDeny);
    expect(denials.map(({ decision }) => decision.reason)).toEqual(["request_too_large"]);
  });

  it.each(["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])("another method: %s", async (method) => {
    const { port } = await startWith(device("d"));
    const body = JSON.stringify(question("d", "devices/d/up"));
    const answer = await raw(port, emqxRequest(body, path, bearer).replace("POST", method));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).not.toContain('allow"}');
  });

  it("also where refusals of the plain path are 401", async () => {
    const { port } = await start(() => expect.fail(), { denyStatus: 401 });
    expect(await raw(port, emqxRequest("{", path, bearer))).toMatch(isDeny);
    expect(await raw(port, emqxRequest("{", path))).toMatch(isDeny);
  });

  it("a device that is not known, or that is revoked meanwhile", async () => {
    const { ask, denials } = await startWith(device("d"));
    expect(await ask(question("nobody", "devices/nobody/up"))).toMatch(isDeny);
    expect(await ask(question("d", "devices/d/up"))).toMatch(isAllow);
    await registry.setStatus("d", ["active"], "revoked");
    expect(await ask(question("d", "devices/d/up"))).toMatch(isDeny);
    expect(denials.map(({ decision }) => decision.reason)).toEqual(["device_unknown", "device_revoked"]);
  });

  it("a client that has another's name as client id and user name", async () => {
    const { ask } = await startWith(device("victim"), device("mallory"));
    const asked = question("mallory", "devices/victim/up", { clientid: "victim", username: "victim" });
    expect(await ask(asked)).toMatch(isDeny);
    expect(await ask(question("victim", "devices/victim/up", { clientid: "x", username: "y" }))).toMatch(isAllow);
  });

  it("everything while the store is away", async () => {
    const own = await openRegistry("goes away.db");
    onTestFinished(() => own.registry.close());
    await own.registry.add(device("d"));
    const { ask, denials } = await startOn(own.registry);
    expect(await ask(question("d", "devices/d/up"))).toMatch(isAllow);
    renameSync(own.file, `${own.file}.away`);
    await expect.poll(() => own.registry.health().state, { timeout: 10_000 }).toBe("missing");
    expect(await ask(question("d", "devices/d/up"))).toMatch(isDeny);
    expect(denials.map(({ decision }) => decision.reason)).toEqual(["store_unavailable"]);
  });

  it("what goes wrong while it is told", async () => {
    const { port, reasons } = await start(() => expect.fail(), {
      onTopicDenied() {
        throw new Error("the log is full");
      },
    });
    const body = JSON.stringify(question("d", "devices/d/up"));
    expect(await raw(port, emqxRequest(body, path, bearer))).toMatch(/200 OK.*\{"result":"deny"\}$/s);
    expect(reasons).toEqual(["Error: the log is full", "internal_error"]);
  });
});

it("a change of rights holds for the next question", async () => {
  const { ask } = await startWith(device("d", { group: "rooms" }));
  expect(await ask(question("d", "rooms/all"))).toMatch(isDeny);
  await registry.setGroupRights("rooms", {
    rules: [{ permission: "allow", action: "publish", topics: ["rooms/all"] }],
  });
  expect(await ask(question("d", "rooms/all"))).toMatch(isAllow);
  await registry.setRights("d", { rules: [{ permission: "deny", action: "all", topics: ["rooms/#"] }] });
  expect(await ask(question("d", "rooms/all"))).toMatch(isDeny);
});
