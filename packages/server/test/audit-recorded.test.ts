import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditQuery } from "../src/audit/audit-log.ts";
import type { EventView } from "../src/audit/event-view.ts";
import { recordedEvents } from "../src/brokers/emqx/testing/recorded-events.ts";
import { socketCaller } from "./call-socket.ts";
import { type Credential, realClients } from "./mqtt-clients.ts";
import { type RunningConnack, removeFolder, run, runConnack, startConnack } from "./run-connack.ts";

const env = { CONNACK_CREDENTIALS_JWT_ISSUER: "esp32-sensor", CONNACK_CREDENTIALS_JWT_AUDIENCE: "emqx" };

let server: RunningConnack;
let jwtSecret: string;
let brokerToken: string;
let socket: ReturnType<typeof socketCaller>;

beforeAll(async () => {
  server = await startConnack({ env });
  const file = (name: string) => readFileSync(join(server.folder, "connack-data", name), "utf8");
  brokerToken = file("broker-token").trim();
  socket = socketCaller(server.folder);
  await server.json("device", "add", "first");
  jwtSecret = JSON.parse(file("keys/jwt-1.json")).secret;
});

afterAll(async () => {
  socket.close();
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** Oldest first. */
async function eventsOf(query: AuditQuery): Promise<EventView[]> {
  const { events } = await socket.call<{ events: EventView[] }>("audit.query", { ...query, limit: 1000 });
  return events.sort((one, other) => one.id - other.id);
}

/** `type result reason xcount`, of a device. */
const linesOf = async (query: AuditQuery) => (await eventsOf(query)).map(lineOf);

function lineOf({ type, result, reason, count }: EventView): string {
  return [type, result, reason, `x${count}`].filter(Boolean).join(" ");
}

const onceOf = (event: EventView) => lineOf({ ...event, count: 1 });

/**
 * Waits until so much has happened: a broker tells of an end a moment after it. Each line is told as often as it counts,
 * as logins within ten seconds are one line, and further apart more.
 */
async function happened(query: AuditQuery, times: number, tell = onceOf): Promise<string[]> {
  const told = async () =>
    (await eventsOf(query)).flatMap((event) => Array.from({ length: event.count }, () => tell(event)));
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(times);
  return told();
}

function sign(claims: object, secret = jwtSecret): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

function claimsOf(sub: string, more: object = {}): object {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: "esp32-sensor", aud: "emqx", sub, iat, exp: iat + 3600, ...more };
}

/** As the command line does, by the same socket. */
const issue = (device: string) => socket.call<Credential>("credential.issue", { device, scheme: "jwt", add: true });
const login = ({ clientId, username, password }: Credential) => [
  ...["-p", String(server.mqttPort), "-i", clientId, "-u", username, "-P", password],
];
const publish = (credential: Credential, ...args: string[]) => run("mosquitto_pub", [...login(credential), ...args]);

/** Stays a while, and goes with its ordinary DISCONNECT: one that leaves with its CONNACK was never connected. */
const pahoStays = `
import sys, time, paho.mqtt.client as mqtt
client = mqtt.Client(client_id=sys.argv[3], protocol=int(sys.argv[2]))
client.username_pw_set(sys.argv[4], sys.argv[5])
client.connect("127.0.0.1", int(sys.argv[1]), 10)
client.loop_start()
time.sleep(1)
client.disconnect()
client.loop_stop()
`;

const connectMqttJs = ({ clientId, username, password }: Credential, protocolVersion: 3 | 4 | 5) =>
  mqtt.connectAsync(`mqtt://127.0.0.1:${server.mqttPort}`, {
    ...{ clientId, username, password, protocolVersion, reconnectPeriod: 0 },
    protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
  });

const stays: Record<string, (credential: Credential, version: 3 | 4 | 5) => Promise<unknown>> = {
  async "mqtt.js"(credential, version) {
    const client = await connectMqttJs(credential, version);
    await happened({ clientId: credential.clientId, types: ["connected"] }, 1);
    await client.endAsync();
  },
  mosquitto(credential, version) {
    const name = { 3: "mqttv31", 4: "mqttv311", 5: "mqttv5" }[version];
    const topic = `devices/${credential.clientId}/#`;
    return run("mosquitto_sub", ["-V", name, ...login(credential), "-t", topic, "-W", "1"]);
  },
  paho({ clientId, username, password }, version) {
    const args = [server.mqttPort, version, clientId, username, password].map(String);
    return run("/usr/bin/python3", ["-c", pahoStays, ...args]);
  },
};

describe("each client", () => {
  it.each(realClients)("$name: its login, and its end", async ({ name, version }) => {
    const [family = ""] = name.split(" ");
    const device = name.replaceAll(/[ .]/g, "-");
    const credential = await issue(device);
    await stays[family]?.(credential, version);
    expect(await happened({ deviceId: device }, 5)).toEqual([
      ...["change credential.issue x1", "change credential.issue x1"],
      ...["connect allow x1", "connected x1", "disconnected by_client x1"],
    ]);
    const [added, issued, login, connected] = await eventsOf({ deviceId: device });
    expect(added).toMatchObject({ actor: "cli", detail: "added, active; schemes: jwt" });
    expect(issued).toMatchObject({
      actor: "cli",
      detail: expect.stringContaining("credential issued (jwt, key jwt-1)"),
    });
    const peer = { deviceId: device, clientId: credential.clientId, broker: "embedded", address: "127.0.0.1" };
    expect(login).toMatchObject({ ...peer, listener: "embedded:tcp", scheme: "jwt", keyId: "jwt-1" });
    expect(login?.latencyUs).toBeGreaterThan(0);
    expect(login?.token).toMatchObject({ iat: expect.any(Number), exp: expect.any(Number) });
    expect(login).not.toHaveProperty("unproven");
    const spoken = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5" }[version];
    expect(connected).toMatchObject({ ...peer, detail: spoken });
  });

  it("that breaks off is told from one that says goodbye", async () => {
    const client = await connectMqttJs(await issue("breaks-off"), 4);
    await happened({ deviceId: "breaks-off", types: ["connected"] }, 1);
    client.stream.destroy();
    expect(await happened({ deviceId: "breaks-off", types: ["disconnected"] }, 1)).toEqual([
      "disconnected connection_lost x1",
    ]);
    client.end(true);
  });
});

describe("refusals are one line, however often and with whichever client", () => {
  it("of a proven device: with its reason, detail, hints and the token's times", async () => {
    const { clientId } = await issue("late");
    const exp = Math.floor(Date.now() / 1000) - 60;
    const late = { clientId, username: "late", password: sign(claimsOf("late", { iat: exp - 60, exp })) };
    for (const { connect } of realClients) await connect(server.mqttPort, late);
    expect(await linesOf({ deviceId: "late", result: "deny" })).toEqual([
      `connect deny token_expired x${realClients.length}`,
    ]);
    expect(await eventsOf({ deviceId: "late", result: "deny" })).toMatchObject([
      {
        ...{ broker: "embedded", clientId, address: "127.0.0.1", scheme: "jwt" },
        detail: expect.stringMatching(/^exp is .* ago/),
        hints: [expect.objectContaining({ code: expect.any(String) })],
        token: { iat: exp - 60, exp, firstIat: exp - 60 },
        fix: expect.stringContaining("Refresh it"),
      },
    ]);
  });

  it("of somebody who proved nothing: without a device", async () => {
    const forged = sign(claimsOf("first"), randomBytes(32).toString("hex"));
    for (const { connect } of realClients)
      await connect(server.mqttPort, { clientId: "rogue", username: "first", password: forged });
    const events = await eventsOf({ clientId: "rogue" });
    expect(events.map(lineOf)).toEqual([`connect deny bad_signature x${realClients.length}`]);
    expect(events[0]).not.toHaveProperty("deviceId");
  });

  it("of somebody who only says who it is: unproven, in the line of the name it took", async () => {
    await server.json("device", "add", "gateway", "--scheme", "password");
    const guess = { clientId: "guesser", username: "gateway", password: randomBytes(9).toString("hex") };
    const [client] = realClients;
    for (let attempt = 0; attempt < 3; attempt++) await client?.connect(server.mqttPort, guess);
    const events = await eventsOf({ deviceId: "gateway", types: ["connect"] });
    expect(events.map(lineOf)).toEqual(["connect deny bad_password x3"]);
    expect(events).toMatchObject([{ deviceId: "gateway", unproven: true, clientId: "guesser", scheme: "password" }]);
  });

  it("over HTTP: by the broker that asked, and of what could not be read", async () => {
    const ask = (path: string, body: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
    const password = sign(claimsOf("via-http", { iss: "somebody" }));
    const login = JSON.stringify({ clientid: "via-http", username: "u", password, peerhost: "203.0.113.9" });
    for (let attempt = 0; attempt < 4; attempt++) await ask("/mqtt/auth", login);
    expect(await eventsOf({ clientId: "via-http" })).toMatchObject([
      {
        type: "connect",
        broker: "emqx",
        reason: "wrong_issuer",
        deviceId: "via-http",
        address: "203.0.113.9",
        count: 4,
      },
    ]);
    await ask("/mqtt/auth", "{");
    await ask("/brokers/emqx/authn", login, { authorization: "Bearer wrong" });
    expect(await linesOf({ reason: "malformed_request" })).toEqual(["connect deny malformed_request x1"]);
    expect(await linesOf({ reason: "broker_not_authorized" })).toEqual(["connect deny broker_not_authorized x1"]);
  });
});

describe("what a device may not", () => {
  it.each([
    ["mqttv311", "0", "MQTT 3.1.1, QoS 0"],
    ["mqttv311", "1", "MQTT 3.1.1, QoS 1"],
    ["mqttv5", "0", "MQTT 5, QoS 0"],
    ["mqttv5", "1", "MQTT 5, QoS 1"],
  ])("publish: %s, QoS %s", async (version, qos, detail) => {
    const device = `denied-${version}-${qos}`;
    const credential = await issue(device);
    for (let attempt = 0; attempt < 3; attempt++)
      await publish(credential, "-V", version, "-q", qos, "-t", "devices/other/up", "-m", "x");
    await publish(credential, "-V", version, "-q", qos, "-t", `devices/${device}/up`, "-m", "x");
    await happened({ deviceId: device }, 2 + 4 * 3 + 3);
    expect(await eventsOf({ deviceId: device, types: ["publish_denied"] })).toMatchObject([
      { reason: "publish_denied", topic: "devices/other/up", detail, count: 3, clientId: credential.clientId },
    ]);
  });

  it("subscribe to, and publish as its will", async () => {
    const credential = await issue("reader");
    const will = ["--will-topic", "devices/other/gone", "--will-payload", "x"];
    await run("mosquitto_sub", [...login(credential), "-t", "#", "-t", "devices/reader/#", ...will, "-W", "1"]);
    await happened({ deviceId: "reader" }, 2 + 3 + 2);
    expect(await eventsOf({ deviceId: "reader", types: ["subscribe_denied"] })).toMatchObject([
      { topic: "#", detail: "MQTT 3.1.1, QoS 0", count: 1 },
    ]);
    expect(await eventsOf({ deviceId: "reader", types: ["publish_denied"] })).toMatchObject([
      { topic: "devices/other/gone", detail: "MQTT 3.1.1, QoS 0, its will", count: 1 },
    ]);
  });
});

describe("what an operator does", () => {
  it("is kept when it changed something, and its effect on a connection too", async () => {
    const credential = await issue("fleet-1");
    let connections = 0;
    const ended = async (...command: string[]) => {
      const client = await connectMqttJs(credential, 5);
      const closed = new Promise((resolve) => client.once("close", () => resolve(undefined)));
      await happened({ deviceId: "fleet-1", types: ["connected"] }, ++connections);
      await server.json(...command);
      await closed;
    };
    await ended("device", "kick", "fleet-1");
    await ended("device", "disable", "fleet-1");
    await server.json("device", "disable", "fleet-1");
    await server.json("device", "enable", "fleet-1");
    await server.json("acl", "set", "fleet-1", "--profile", "sensor");
    await server.json("device", "set", "fleet-1", "--group", "lamps");
    await ended("device", "revoke", "fleet-1");
    await server.json("device", "revoke", "fleet-1");
    await expect(connectMqttJs(credential, 5)).rejects.toThrow();
    const told = await happened({ deviceId: "fleet-1" }, 18, ({ type, result, reason, detail, actor }) =>
      type === "change" ? `${actor} ${reason}: ${detail}` : [type, result, reason].filter(Boolean).join(" "),
    );
    // An end and the change that brought it about are told in either order.
    expect(told.slice(2).sort()).toEqual(
      [
        ...["connect allow", "connected", "cli device.kick: 1 connection ended", "disconnected kicked"],
        ...["connect allow", "connected", "cli device.disable: status active → disabled", "disconnected disabled"],
        "cli device.enable: status disabled → active",
        "cli acl.set: rules: 0, profile sensor",
        "cli device.set: group lamps",
        ...["connect allow", "connected", "cli device.revoke: status active → revoked", "disconnected revoked"],
        "connect deny device_revoked",
      ].sort(),
    );
  });

  it("to a service, to keys and to rights of groups is kept as well; what only reads is not", async () => {
    await server.json("service", "add", "board", "--profile", "dashboard");
    await server.json("service", "rotate", "board");
    await server.json("key", "add", "--scheme", "jwt", "--algorithm", "ES256");
    await server.json("acl", "set", "--group", "rooms", "--profile", "none");
    for (const read of [["status"], ["device", "list"], ["key", "list"], ["service", "list"]])
      await server.json(...read);
    const changes = await eventsOf({ types: ["change"] });
    const told = changes.slice(-4).map(({ reason, deviceId, detail }) => [reason, deviceId, detail]);
    expect(told).toEqual([
      ["service.add", "board", "added; rules: 0, profile dashboard"],
      ["service.rotate", "board", "new password; the former one ended"],
      ["key.add", undefined, "key jwt-2 added (ES256)"],
      ["acl.set", undefined, "group rooms: rules: 0, profile none"],
    ]);
  });
});

describe("what EMQX tells", () => {
  const post = (body: string, token = brokerToken) =>
    fetch(`http://127.0.0.1:${server.httpPort}/brokers/emqx/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
    });

  it("is kept, as recorded from EMQX 5.8.0: ends, refusals and denied topics", async () => {
    for (const { body } of recordedEvents) {
      const answer = await post(body);
      expect([answer.status, await answer.text()]).toEqual([200, '{"result":"deny"}']);
    }
    expect(await linesOf({ broker: "emqx", deviceId: "d10" })).toEqual([
      ...["connected x1", "publish_denied deny publish_denied x1", "subscribe_denied deny subscribe_denied x1"],
      "disconnected normal x1",
    ]);
    const refused = await eventsOf({ broker: "emqx", types: ["connack"] });
    expect(refused.map(lineOf)).toEqual([
      "connack deny not_authorized x3",
      "connack deny unsupported_protocol_version x1",
      "connack deny client_identifier_not_valid x1",
    ]);
    expect(refused[0]).toMatchObject({ clientId: "d3", deviceId: "d3", unproven: true, address: "127.0.0.1" });
    const ends = await eventsOf({ broker: "emqx", types: ["disconnected"] });
    expect(ends).toHaveLength(15);
    // Ten of the 35 are what EMQX sent again: the sink had answered 429 or 503, or broke the connection.
    expect(await eventsOf({ broker: "emqx", types: ["connected"] })).toHaveLength(25);
  });

  it("is not kept again when it is the refusal we decided on", async () => {
    const now = Date.now();
    const eventAt = (timestamp: number) =>
      JSON.stringify({ event: "client.connack", clientid: "via-emqx", reason_code: "not_authorized", timestamp });
    const question = { clientid: "via-emqx", username: "u", password: sign(claimsOf("via-emqx", { iss: "x" })) };
    for (let attempt = 0; attempt < 2; attempt++) {
      await fetch(`http://127.0.0.1:${server.httpPort}/brokers/emqx/authn`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${brokerToken}` },
        body: JSON.stringify(question),
      });
      await post(eventAt(now + attempt));
    }
    expect(await linesOf({ clientId: "via-emqx" })).toEqual(["connect deny wrong_issuer x2"]);
    for (const _ of [1, 2]) await post(eventAt(now + 2));
    expect(await linesOf({ clientId: "via-emqx" })).toEqual([
      "connect deny wrong_issuer x2",
      "connack deny not_authorized x1",
    ]);
  });

  it("and cannot be read, or comes from a stranger, is counted", async () => {
    for (let times = 0; times < 3; times++) await post("{");
    await post("{}", "wrong");
    expect((await linesOf({ types: ["guard"], broker: "emqx" })).sort()).toEqual([
      "guard broker_not_authorized x1",
      "guard malformed_request x3",
    ]);
  });
});

it("trouble with the registry, and its end, are kept", async () => {
  const file = join(server.folder, "connack-data/registry.db");
  const latest = async () => (await eventsOf({ types: ["service"] })).at(-1)?.reason;
  renameSync(file, `${file}.away`);
  await expect.poll(latest, { timeout: 15_000 }).toBe("registry_missing");
  renameSync(`${file}.away`, file);
  await expect.poll(latest, { timeout: 15_000 }).toBe("registry_ready");
  expect((await eventsOf({ reason: "registry_missing" }))[0]?.detail).toMatch(/Put it back/);
});

it("a stop, a change without a server, a start, and what happened before, are there afterwards", async () => {
  const before = (await eventsOf({})).length;
  socket.close();
  await server.kill("SIGTERM");
  const disabled = await runConnack(["device", "disable", "first"], { cwd: server.folder });
  expect(disabled).toMatchObject({ code: 0, stderr: "" });
  server = await startConnack({ env, folder: server.folder });
  socket = socketCaller(server.folder);
  const lines = await linesOf({ types: ["service"] });
  expect(lines.filter((line) => !line.includes("registry"))).toEqual([
    ...["service started x1", "service stopped x1", "service started x1"],
  ]);
  expect((await eventsOf({})).length).toBe(before + 3);
  expect((await eventsOf({ deviceId: "first", types: ["change"] })).at(-1)).toMatchObject({
    ...{ reason: "device.disable", actor: "cli", detail: "status active → disabled" },
  });
});
