import { afterEach, expect, it, vi } from "vitest";
import { type ScriptedEmqx, startScriptedEmqx } from "./brokers/emqx/live/testing/scripted-emqx.ts";
import { openTestHouse, type TestHouse, testNowMs } from "./operations/testing/open-test-house.ts";
import { type RunningEmqxLive, runEmqxLive } from "./run-emqx-live.ts";

let emqx: ScriptedEmqx;
let test: TestHouse;
let live: RunningEmqxLive | undefined;
let now = testNowMs;
let told: string[];

async function open(overrides: Record<string, unknown> = {}): Promise<void> {
  emqx = await startScriptedEmqx();
  now = testNowMs;
  told = [];
  test = await openTestHouse({
    overrides: {
      "brokers.emqx.url": emqx.url,
      "brokers.emqx.apiKey": "key-1",
      "brokers.emqx.apiSecret": "made for this test",
      ...overrides,
    },
    nowMs: () => now,
  });
}

function start(): RunningEmqxLive {
  const tell = (sentence: string) => void told.push(sentence);
  live = runEmqxLive({ house: test.house, onError: (error) => tell(String(error)), onProblem: tell, onNews: tell });
  live.start();
  return live;
}

afterEach(async () => {
  await live?.close();
  live = undefined;
  await test.close();
});

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000, interval: 5 });
const jwt = { "brokers.emqx.jwt.enabled": true, "brokers.emqx.jwt.publicKeyFile": "issuer.pem" };

it("does at the start what was changed while no server ran, also of what the registry forgot", async () => {
  await open();
  for (const id of ["a", "b", "c"]) {
    await test.run("device.add", { id, clientIds: [`client-${id}`] });
    emqx.clients.add(`client-${id}`);
  }
  await test.run("device.revoke", { id: "a" });
  await test.run("device.remove", { id: "b" });
  start();
  await until(() => emqx.clients.size === 1);
  expect([...emqx.clients]).toEqual(["client-c"]);
});

it("keeps out all that is refused where EMQX checks tokens by itself, and nobody else", async () => {
  await open(jwt);
  for (const id of ["ok", "revoked", "disabled", "removed"]) await test.run("device.add", { id });
  await test.run("device.add", { id: "02:00:00:00:00:01", schemes: ["xiaozhi-hmac"] });
  await test.run("device.revoke", { id: "02:00:00:00:00:01" });
  await test.run("device.revoke", { id: "revoked" });
  await test.run("device.disable", { id: "disabled" });
  await test.run("device.remove", { id: "removed" });
  start();
  await until(() => emqx.bans.length === 3);
  expect(emqx.bans.map(({ who }) => who).sort()).toEqual(["disabled", "removed", "revoked"]);
  await test.run("device.enable", { id: "disabled" });
  await test.run("device.add", { id: "removed" });
  await until(() => emqx.bans.length === 1);
});

it("ends the connections of a service when the time of its former password is over", async () => {
  await open();
  await test.run("service.add", { name: "board", profile: "dashboard" });
  start();
  await until(() => test.house.emqx?.state().reachable === true);
  emqx.clients.add("board");
  await test.run("service.rotate", { name: "board", grace: 1 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(emqx.clients.size).toBe(1);
  now += 2000;
  await until(() => emqx.clients.size === 0);
});

it("warns where EMQX asks and tells nothing, and not while it tells", async () => {
  await open();
  start();
  await until(() => test.house.emqx?.state().reachable === true);
  const { brokerEvents } = test.house;
  brokerEvents.allowed(now);
  now += 119_000;
  expect(test.house.warnings().filter((warning) => warning.includes("EMQX"))).toEqual([]);
  now += 2000;
  expect(test.house.warnings()).toContainEqual(expect.stringContaining("told nothing of what came of them"));
  brokerEvents.came("connected", 1, now);
  expect(test.house.warnings().filter((warning) => warning.includes("EMQX"))).toEqual([]);
});

it("warns while EMQX is away, with what waits; with another key it goes on there", async () => {
  await open();
  emqx.fault = () => 403;
  const running = start();
  await until(() => test.house.emqx?.state().reachable === false);
  await test.run("device.add", { id: "a" });
  emqx.clients.add("a");
  await test.run("device.revoke", { id: "a" });
  expect(test.house.warnings()).toContainEqual(expect.stringContaining("waiting for it: 1 device that changed"));
  emqx.fault = undefined;
  const { config } = test.house;
  running.configure({ ...config, brokers: { ...config.brokers, emqx: { ...config.brokers.emqx, apiKey: "key-2" } } });
  await until(() => emqx.clients.size === 0);
});

it("after a reload it takes up what the former connection had in line; the same settings change nothing", async () => {
  await open();
  const mac = "02:00:00:00:00:0a";
  await test.run("device.add", { id: mac, schemes: ["xiaozhi-hmac"] });
  const running = start();
  const looks = () => emqx.calls.filter((call) => call.startsWith("GET /clients?gte"));
  await until(() => test.house.emqx?.state().reachable === true);
  const clientId = "GID_test@@@02_00_00_00_00_0a@@@u";
  emqx.clients.add(clientId);
  emqx.attributes.set(clientId, { device: mac });
  const { config } = test.house;
  const { emqx: settings } = config.brokers;
  running.configure(structuredClone(config));
  expect(looks()).toEqual([]);
  running.configure({
    ...config,
    brokers: { ...config.brokers, emqx: { ...settings, timeout: settings.timeout + 1 } },
  });
  await until(() => emqx.subscriptions.has(clientId));
  const since = new URL(looks()[0]?.slice("GET ".length) ?? "/", "http://emqx").searchParams.get("gte_connected_at");
  expect(since).toBe(new Date(testNowMs - 670_000).toISOString());
});

it("warns where a device that is refused cannot be kept out", async () => {
  await open({ ...jwt, "credentials.jwt.identity": "$" + "{claims.device}" });
  start();
  expect(test.house.warnings()).toContainEqual(expect.stringContaining("gets in with its token until that expires"));
});
