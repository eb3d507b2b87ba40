import type { ConnectRequest } from "@connack/credentials";
import { afterEach, describe, expect, it } from "vitest";
import type { LentDevice, Loan, Login } from "../brokers/emqx/verify/loan.ts";
import { runOperation } from "./operations.ts";
import { openTestHouse, type TestHouse, type TestHouseOptions, testNowMs } from "./testing/open-test-house.ts";

const clock = { now: testNowMs };
let test: TestHouse;
afterEach(() => test.close());

async function open(overrides: Record<string, unknown> = {}, more: Partial<TestHouseOptions> = {}): Promise<TestHouse> {
  clock.now = testNowMs;
  const listeners = { brokers: "http://127.0.0.1:8003" };
  test = await openTestHouse({ overrides, listeners, nowMs: () => clock.now, ...more });
  return test;
}

const lend = (input: object = { lanes: 1, services: 2, watched: 2, others: 2 }) => test.run<Loan>("verify.lend", input);

function decide({ clientId, username, password }: Login) {
  return test.house.decideConnect({ clientId, username, password } satisfies ConnectRequest);
}

const ofKind = (devices: readonly LentDevice[], kind: string) =>
  devices.find((each) => each.kind === kind) as LentDevice;

/** A little later, so that nothing is left of what a decision remembers. */
const leaseMs = 3 * 60_000;

describe("what is lent", () => {
  it.each(["xiaozhi-hmac", "jwt", "password"])("%s: passes every check, with its own topics alone", async (kind) => {
    await open();
    const { lanes } = await lend();
    const device = ofKind(lanes[0]?.others ?? [], kind);
    const decision = await decide(device);
    expect(decision).toMatchObject({ result: "allow", deviceId: device.id, scheme: kind });
    const topics = decision.result === "allow" ? decision.acl.filter(({ permission }) => permission === "allow") : [];
    const own = [`devices/${device.id}/#`, device.inbox?.byClientId, device.inbox?.byMac, "device-server"];
    expect(topics.map(({ topic }) => topic).filter((topic) => !own.includes(topic))).toEqual([]);
    expect(topics.length).toBeGreaterThan(0);
  });

  it("the service may use the topics of the watched devices, and no others", async () => {
    await open();
    const { lanes } = await lend();
    const [lane] = lanes;
    const decision = await decide(lane?.services[1] as Login);
    const topics = decision.result === "allow" ? decision.acl.filter(({ permission }) => permission === "allow") : [];
    const watched = lane?.watched.flatMap(({ branch, inbox }) =>
      inbox ? [inbox.byClientId, inbox.byMac] : [`${branch}/#`],
    );
    expect(topics.map(({ topic }) => topic).sort()).toEqual([...(watched ?? [])].sort());
  });

  it("ends with the lease, and is not enrolled after it, however good its credential is", async () => {
    await open();
    const { lanes } = await lend();
    const devices = lanes[0]?.others ?? [];
    clock.now += leaseMs;
    for (const device of devices) expect(await decide(device)).toMatchObject({ result: "deny" });
    expect(await decide(ofKind(devices, "xiaozhi-hmac"))).toMatchObject({ reason: "device_unknown" });
    expect(await decide(lanes[0]?.services[0] as Login)).toMatchObject({ result: "deny" });
    await test.house.registry.flush();
    expect(await test.house.registry.list({})).toEqual([]);
  });

  it("ends when it is given back, once, and both are kept in the audit", async () => {
    await open();
    const { lease, lanes } = await lend();
    const device = ofKind(lanes[0]?.others ?? [], "password");
    expect(await decide(device)).toMatchObject({ result: "allow" });
    expect(await test.run("verify.return", { lease })).toEqual({ returned: 14 });
    expect(await test.run("verify.return", { lease })).toEqual({ returned: 0 });
    expect(await decide(device)).toMatchObject({ result: "deny" });
    await test.house.audit.flush();
    const { events } = await test.run<{ events: { reason: string; detail: string }[] }>("audit.query", {
      types: ["change"],
    });
    expect(events.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["verify.return", "14 throw-away devices and services ended"],
      ["verify.lend", expect.stringMatching(/^12 throw-away devices and 2 services lent until 20/)],
    ]);
    expect(JSON.stringify(events)).not.toContain(device.password);
  });

  it("is in no list and no count, is stored nowhere, and keeps others off its client id", async () => {
    await open();
    const { lanes } = await lend();
    const [one, other] = (lanes[0]?.others ?? []).filter(({ kind }) => kind === "jwt") as [LentDevice, LentDevice];
    expect(await decide(one)).toMatchObject({ result: "allow" });
    expect(await decide({ ...other, clientId: one.clientId })).toMatchObject({ reason: "client_id_in_use" });
    await test.house.registry.flush();
    expect(await test.house.registry.list({})).toEqual([]);
    expect(await test.house.registry.count()).toMatchObject({ active: 0 });
    await expect(test.run("device.revoke", { id: one.id })).rejects.toMatchObject({ code: "device_not_found" });
  });

  it("has tokens that are over, and for somebody else where an audience is wanted", async () => {
    await open({ "credentials.jwt.audience": "fleet" });
    const { lanes } = await lend();
    const { expired, wrongAudience } = ofKind(lanes[0]?.others ?? [], "jwt");
    expect(await decide(expired as Login)).toMatchObject({ reason: "token_expired" });
    expect(await decide(wrongAudience as Login)).toMatchObject({ reason: "wrong_audience" });
  });
});

describe("what cannot be lent is said", () => {
  it("a scheme that is off, and tokens that Connack would not take", async () => {
    await open({ "credentials.password.enabled": false, "credentials.jwt.identity": `\${claims.a}-\${claims.b}` });
    const { without, lanes } = await lend();
    expect(without).toMatchObject({
      password: "it is switched off (credentials.password.enabled)",
      jwt: expect.stringMatching(/^what can be made here is refused: missing_claim/),
      "jwt-emqx": "EMQX checks no tokens by itself (brokers.emqx.jwt.enabled)",
    });
    expect(new Set(lanes[0]?.others.map(({ kind }) => kind))).toEqual(new Set(["xiaozhi-hmac"]));
    expect(await decide(lanes[0]?.services[0] as Login)).toMatchObject({ result: "allow", scheme: "xiaozhi-hmac" });
  });

  it("with passwords alone, who may use the topics has one, too", async () => {
    await open({ "credentials.xiaozhiHmac.enabled": false, "credentials.jwt.enabled": false });
    const { lanes } = await lend();
    expect(new Set(lanes[0]?.others.map(({ kind }) => kind))).toEqual(new Set(["password"]));
    expect(await decide(lanes[0]?.services[0] as Login)).toMatchObject({ result: "allow", scheme: "password" });
  });

  it("no server that runs, and no room", async () => {
    await open({}, { listeners: {} });
    await expect(lend()).rejects.toMatchObject({ code: "not_running" });
    await test.close();
    await open();
    for (let n = 0; n < 2; n++) await lend({ lanes: 32, services: 1, watched: 1, others: 15 });
    await expect(lend({ lanes: 32, services: 1, watched: 1, others: 40 })).rejects.toMatchObject({
      code: "too_many_lent",
    });
    clock.now += leaseMs;
    await lend({ lanes: 1, services: 1, watched: 1, others: 1 });
  });

  it("to nobody but the owner of the data folder", async () => {
    await open();
    const by = { name: "api:ci", role: "admin" } as const;
    for (const [name, input] of [
      ["verify.lend", { lanes: 1, services: 1, watched: 1, others: 1 }],
      ["verify.return", { lease: "x" }],
    ] as const) {
      await expect(runOperation(test.house, name, input, by)).rejects.toMatchObject({ code: "not_allowed" });
    }
  });
});
