import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { socketCaller } from "./call-socket.ts";
import { type StandIn, startStandIn } from "./emqx-stand-in/start-stand-in.ts";
import { type RunningConnack, removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
let emqx: StandIn;
let running: RunningConnack[];
let clients: MqttClient[];
let env: Record<string, string>;
let caller: ReturnType<typeof socketCaller>;

beforeEach(async () => {
  folder = temporaryFolder();
  running = [];
  clients = [];
  emqx = await startStandIn();
  env = {
    CONNACK_BROKERS_EMQX_URL: emqx.apiUrl,
    CONNACK_BROKERS_EMQX_API_KEY: emqx.apiKey,
    CONNACK_BROKERS_EMQX_API_SECRET: emqx.apiSecret,
  };
});
afterEach(async () => {
  caller.close();
  for (const client of clients) client.end(true);
  for (const each of running) await each.kill("SIGKILL");
  await emqx.close();
  removeFolder(folder);
});

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 20 });

async function start(more: Record<string, string> = {}): Promise<RunningConnack> {
  Object.assign(env, more);
  const connack = await startConnack({ folder, env });
  running.push(connack);
  caller = socketCaller(folder);
  return connack;
}

const call = <T = unknown>(name: string, input: object) => caller.call<T>(name, input);

async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${emqx.apiKey}:${emqx.apiSecret}`).toString("base64")}`;
  const answer = await fetch(`${emqx.apiUrl}/api/v5${path}`, {
    method,
    headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** EMQX asks this Connack, and tells it what happens. */
async function setUp({ httpPort }: Pick<RunningConnack, "httpPort">): Promise<void> {
  const token = readFileSync(join(folder, "connack-data", "broker-token"), "utf8").trim();
  const url = `http://127.0.0.1:${httpPort}`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const names = ["clientid", "username", "password", "peerhost"];
  await api("POST", "/authentication", {
    ...{ mechanism: "password_based", backend: "http", method: "post", url: `${url}/brokers/emqx/authn`, headers },
    body: Object.fromEntries(names.map((name) => [name, `\${${name}}`])),
  });
  await api("DELETE", "/authorization/sources/file");
  await api("PUT", "/authorization/settings", { no_match: "deny", deny_action: "ignore", cache: { enable: true } });
  await api("POST", "/connectors", { type: "http", name: "connack", url, headers });
  const parameters = { method: "post", path: "/brokers/emqx/events" };
  await api("POST", "/actions", { type: "http", name: "connack", connector: "connack", parameters });
  const events = ["connected", "disconnected", "connack", "check_authn_complete"];
  const sql = `SELECT * FROM ${events.map((name) => `"$events/client_${name}"`).join(", ")}`;
  await api("POST", "/rules", { id: "connack", sql, actions: ["http:connack"] });
}

interface Login {
  clientId: string;
  username: string;
  password: string;
}

const issue = (device: string, scheme: "jwt" | "xiaozhi-hmac" = "jwt") =>
  call<Login & { device: string }>("credential.issue", { device, scheme, add: true });

async function connect(login: Login): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${emqx.listeners.tcp}`, {
    ...login,
    protocolVersion: 5,
    reconnectPeriod: 0,
  });
  clients.push(client);
  client.on("error", () => {});
  return client;
}

const closeOf = (client: MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));

/** The code of the CONNACK. */
function connectOnce(login: Login): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(`mqtt://127.0.0.1:${emqx.listeners.tcp}`, {
      ...login,
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const settle = (code: unknown) => {
      client.end(true);
      if (typeof code === "number") resolve(code);
      else reject(new Error("no CONNACK"));
    };
    client.once("connect", ({ reasonCode }) => settle(reasonCode ?? 0));
    client.once("error", (error: Error & { code?: number }) => settle(error.code));
    client.once("close", () => settle(undefined));
  });
}

const connack = (...words: string[]) => runConnack(words, { cwd: folder, env });

const status = () =>
  call<{ emqx: { reachable: boolean; pending: number; bans: number; events: object }; warnings: string[] }>(
    "status",
    {},
  );

/** The API of EMQX is away; whoever is connected stays so. */
function cutApi(): () => void {
  emqx.intercept = () => ({ cut: true });
  return () => {
    emqx.intercept = undefined;
  };
}

describe("a device that is connected to EMQX, which asks Connack", () => {
  it("is out after it was revoked, disabled or removed, and stays out", async () => {
    await setUp(await start());
    const others = await connect(await issue("sensor-0"));
    for (const verb of ["revoke", "disable", "remove"]) {
      const login = await issue(`sensor-${verb}`);
      const client = await connect(login);
      const closed = closeOf(client);
      await call(`device.${verb}`, { id: `sensor-${verb}` });
      await closed;
      expect(await connectOnce(login)).toBe(0x87);
    }
    expect(others.connected).toBe(true);
    expect((await status()).emqx).toMatchObject({ reachable: true, version: "5.8.0", bans: 0 });
  });

  it("is kicked by connack device kick, which says how many, and comes again", async () => {
    await setUp(await start());
    const login = await issue("aa:bb:cc:dd:ee:01", "xiaozhi-hmac");
    const client = await connect(login);
    const kick = () => call("device.kick", { id: "aa:bb:cc:dd:ee:01" });
    const closed = closeOf(client);
    expect(await kick()).toMatchObject({ ended: 1, devices: 1 });
    await closed;
    expect(await connectOnce(login)).toBe(0);
    await until(async () => ((await kick()) as { ended: number }).ended === 0);
    const group = await connack("device", "kick", "--group", "lamps");
    expect(group.stderr).toContain("EMQX knows no groups");
    cutApi();
    const away = await connack("device", "kick", "aa:bb:cc:dd:ee:01");
    expect([away.code, away.stderr]).toEqual([69, expect.stringContaining("EMQX did not end the connection")]);
  });

  it("is out when EMQX's API was away meanwhile; readyz stays 200 and tells", async () => {
    const { httpPort } = await start();
    await setUp({ httpPort });
    const client = await connect(await issue("sensor-1"));
    const closed = closeOf(client);
    const back = cutApi();
    await call("device.revoke", { id: "sensor-1" });
    await until(async () => !(await status()).emqx.reachable);
    const ready = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
    expect([ready.status, (await ready.json()) as unknown]).toEqual([
      200,
      expect.objectContaining({
        warnings: [expect.stringMatching(/EMQX's API cannot be used; waiting for it: 1 device that/)],
      }),
    ]);
    expect(client.connected).toBe(true);
    back();
    await closed;
  });

  it("is out though Connack was killed before it could cut it, and after a change while no server ran", async () => {
    const first = await start();
    await setUp(first);
    const closed: Promise<unknown>[] = [];
    const connected: MqttClient[] = [];
    for (const id of ["aa:bb:cc:dd:ee:02", "aa:bb:cc:dd:ee:03", "aa:bb:cc:dd:ee:04"]) {
      const client = await connect(await issue(id, "xiaozhi-hmac"));
      connected.push(client);
      closed.push(closeOf(client));
    }
    const back = cutApi();
    await call("device.revoke", { id: "aa:bb:cc:dd:ee:02" });
    await call("device.remove", { id: "aa:bb:cc:dd:ee:03" });
    await first.kill("SIGKILL");
    back();
    expect((await connack("device", "revoke", "aa:bb:cc:dd:ee:04")).code).toBe(0);
    expect(connected.map((client) => client.connected)).toEqual([true, true, true]);
    await start();
    await Promise.all(closed);
  });
});

describe("a device that EMQX lets in by its token, without asking Connack", () => {
  const secret = randomBytes(32).toString("base64");
  const settings = { CONNACK_CREDENTIALS_JWT_SECRET: secret, CONNACK_BROKERS_EMQX_JWT_ENABLED: "true" };
  const setUpJwt = () =>
    api("POST", "/authentication", {
      ...{ mechanism: "jwt", use_jwks: false, algorithm: "hmac-based", secret, from: "password" },
      verify_claims: { sub: `\${clientid}` },
    });

  it("is out when it is disabled, stays out while EMQX restarts, and comes in when it is enabled", async () => {
    await start(settings);
    await setUpJwt();
    const login = await issue("sensor-1");
    const client = await connect(login);
    const closed = closeOf(client);
    await call("device.disable", { id: "sensor-1" });
    await closed;
    expect(await connectOnce(login)).toBe(0x8a);
    await emqx.restart();
    expect(await connectOnce(login)).toBe(0x8a);
    await call("device.enable", { id: "sensor-1" });
    await until(async () => (await connectOnce(login)) === 0);
  });

  it("is kept out again when EMQX lost its ban, and a ban of others stays", async () => {
    const first = await start(settings);
    await setUpJwt();
    const login = await issue("sensor-1");
    await call("device.revoke", { id: "sensor-1" });
    await until(async () => (await status()).emqx.bans === 1);
    await first.kill("SIGKILL");
    await api("DELETE", "/banned");
    await api("POST", "/banned", { as: "clientid", who: "somebody", by: "an operator" });
    const client = await connect(login);
    const closed = closeOf(client);
    await start();
    await closed;
    expect(await connectOnce(login)).toBe(0x8a);
    expect(await api("GET", "/banned")).toMatchObject({ meta: { count: 2 } });
  });
});

it("a xiaozhi device, which subscribes to nothing, gets what is sent to its MAC", async () => {
  await setUp(await start());
  const login = await issue("aa:bb:cc:dd:ee:05", "xiaozhi-hmac");
  const client = await connect(login);
  const received: string[] = [];
  client.on("message", (topic, payload) => received.push(`${topic} ${payload.toString()}`));
  const topic = `devices/p2p/${login.clientId.split("@@@")[1]}`;
  await until(async () => {
    const list = (await api("GET", `/clients/${encodeURIComponent(login.clientId)}/subscriptions`)) as unknown[];
    return list.length > 0;
  });
  await api("POST", "/publish", { topic, payload: "hello", qos: 0 });
  await until(() => received.length > 0);
  expect(received).toEqual([`${topic} hello`]);
});

it("what EMQX tells is in the timeline, whatever the order, and connack status says when it was", async () => {
  const { httpPort } = await start();
  await setUp({ httpPort });
  const client = await connect(await issue("sensor-1"));
  await client.endAsync();
  const summary = async (id: string) => (await call<{ summary: string }>("device.timeline", { id })).summary;
  await until(async () => (await summary("sensor-1")).startsWith("Disconnected"));
  expect((await status()).emqx.events).toMatchObject({
    lastAt: expect.any(String),
    kinds: { connected: 1, disconnected: 1 },
  });
  // A connection of one millisecond, told in the wrong order, and twice.
  const token = readFileSync(join(folder, "connack-data", "broker-token"), "utf8").trim();
  const event = { timestamp: Date.now(), node: "emqx@n", clientid: "sensor-9", peername: "203.0.113.7:50000" };
  const ends = { ...event, event: "client.disconnected", reason: "tcp_closed" };
  for (const each of [ends, { ...event, event: "client.connected" }, ends]) {
    await fetch(`http://127.0.0.1:${httpPort}/brokers/emqx/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(each),
    });
  }
  expect(await summary("sensor-9")).toMatch(/^Disconnected/);
  expect((await status()).emqx.events).toMatchObject({ doubled: 1 });
  const { stdout } = await connack("status");
  expect(stdout).toMatch(/emqx +ready, EMQX 5\.8\.0, last event at/);
});
