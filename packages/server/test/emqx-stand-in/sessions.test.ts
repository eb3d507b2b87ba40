// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate } from "../../src/tls/issue-certificate.ts";
import { callApi } from "../emqx-recorded/api-client.ts";
import { RawMqtt } from "../emqx-recorded/raw-mqtt.ts";
import { type StandIn, startStandIn } from "./start-stand-in.ts";

let node: StandIn;
let clients: MqttClient[] = [];

beforeEach(async () => {
  node = await startStandIn();
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  clients = [];
  await node.close();
});

async function connect(clientId: string, options: IClientOptions = {}, url = `mqtt://127.0.0.1:${node.listeners.tcp}`) {
  const client = mqtt.connect(url, { clientId, reconnectPeriod: 0, ...options });
  clients.push(client);
  const got: string[] = [];
  client.on("message", (topic, payload) => got.push(`${topic} ${payload}`));
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  return { client, got };
}

const api = (method: string, path: string, body?: unknown) => callApi(node, method, path, body);

describe.each([4, 5] as const)("MQTT %d", (protocolVersion) => {
  test("messages go through with each QoS", async () => {
    const { client, got } = await connect("both", { protocolVersion });
    await client.subscribeAsync("t/#", { qos: 2 });
    for (const qos of [0, 1, 2] as const) await client.publishAsync("t/x", `q${qos}`, { qos });
    await expect.poll(() => got).toEqual(["t/x q0", "t/x q1", "t/x q2"]);
  });

  test("retained messages, empty ones delete", async () => {
    const { client } = await connect("keeps", { protocolVersion });
    await client.publishAsync("r/1", "kept", { qos: 1, retain: true });
    await client.publishAsync("r/2", "gone", { qos: 1, retain: true });
    await client.publishAsync("r/2", "", { qos: 1, retain: true });
    const later = await connect("later", { protocolVersion });
    await later.client.subscribeAsync(["r/1", "r/2"]);
    await expect.poll(() => later.got).toEqual(["r/1 kept"]);
  });

  test("a kept session gets what came in the meantime, and a clean one does not", async () => {
    const kept: IClientOptions = { protocolVersion, clean: false, properties: { sessionExpiryInterval: 60 } };
    const first = await connect("keeper", kept);
    await first.client.subscribeAsync("q/1", { qos: 1 });
    await first.client.endAsync();
    const { client } = await connect("sender", { protocolVersion });
    await client.publishAsync("q/1", "waited", { qos: 1 });
    expect((await api("GET", "/clients/keeper")).body).toMatchObject({ connected: false, mqueue_len: 1 });
    const again = await connect("keeper", kept);
    await expect.poll(() => again.got).toEqual(["q/1 waited"]);
  });
});

test("a subscription's QoS is the most a message comes with", async () => {
  const { client } = await connect("sends");
  const low = await RawMqtt.connect(node.listeners.tcp, { clientId: "low" });
  low.client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "qos", qos: 0 }] });
  await low.client.next();
  await client.publishAsync("qos", "x", { qos: 2 });
  expect(await low.client.next()).toBe("30060003716f7378");
  await low.client.cut();
});

test("a shared subscription gives each message to one member", async () => {
  const members = [await connect("m1"), await connect("m2")];
  for (const { client } of members) await client.subscribeAsync("$share/g/work", { qos: 1 });
  const { client } = await connect("boss");
  for (let index = 0; index < 6; index += 1) await client.publishAsync("work", String(index), { qos: 1 });
  await expect.poll(() => members.flatMap(({ got }) => got).length).toBe(6);
  expect(members.every(({ got }) => got.length === 3)).toBe(true);
});

test("the newer connection takes the id over; the older MQTT 5 client is told", async () => {
  const { client } = await RawMqtt.connect(node.listeners.tcp, { clientId: "twice", protocolVersion: 5 });
  await connect("twice");
  expect([await client.next(), await client.next()]).toEqual(["e0028e00", "closed:FIN"]);
});

test("a will is sent when the client is lost, not when it says goodbye", async () => {
  const watcher = await connect("watcher");
  await watcher.client.subscribeAsync("will/#");
  const will = (topic: string) => ({ topic, payload: Buffer.from("x"), qos: 0 as const, retain: false });
  const lost = await RawMqtt.connect(node.listeners.tcp, { clientId: "lost", will: will("will/lost") });
  const left = await RawMqtt.connect(node.listeners.tcp, { clientId: "left", will: will("will/left") });
  await left.client.leave();
  await lost.client.cut();
  await expect.poll(() => watcher.got).toEqual(["will/lost x"]);
});

test("a ban of the client id cuts the session, one of the user name does not; both end", async () => {
  const { client } = await RawMqtt.connect(node.listeners.tcp, {
    clientId: "banned",
    username: "u",
    protocolVersion: 5,
  });
  const until = Math.floor(Date.now() / 1000) + 2;
  expect((await api("POST", "/banned", { as: "username", who: "u", until })).status).toBe(200);
  expect((await api("GET", "/clients/banned")).body).toMatchObject({ connected: true });
  await api("POST", "/banned", { as: "clientid", who: "banned", until });
  expect(await client.next()).toBe("e0029800");
  const again = () => RawMqtt.connect(node.listeners.tcp, { clientId: "other", username: "u" });
  expect((await again()).connack).toBe("20020005");
  await expect.poll(async () => (await again()).connack, { timeout: 10_000 }).toBe("20020000");
});

test("what is subscribed for a client is there although authorization would refuse it", async () => {
  await api("PUT", "/mqtt/auto_subscribe", [{ topic: "own/${clientid}", qos: 1 }, { topic: "of/${username}" }]);
  await api("PUT", "/authorization/sources/file", { type: "file", enable: true, rules: "{deny, all}." });
  const { got } = await connect("auto");
  expect((await api("GET", "/clients/auto/subscriptions")).body).toMatchObject([{ topic: "own/auto", qos: 1 }]);
  expect((await api("POST", "/publish", { topic: "own/auto", payload: "for you", qos: 1 })).status).toBe(200);
  await expect.poll(() => got).toEqual(["own/auto for you"]);
});

test("acl.conf: names, addresses, literal topics", async () => {
  const rules = `%% comment
{allow, {username, {re, "^boss"}}, all, ["#"]}.
{allow, {'and', [{clientid, "c1"}, {ipaddr, "127.0.0.0/8"}]}, publish, ["up/\${clientid}", {eq, "a/#"}]}.
{deny, all}.
`;
  expect((await api("PUT", "/authorization/sources/file", { type: "file", enable: true, rules })).status).toBe(204);
  const publishes = async (clientId: string, topic: string, username = "u") => {
    const { client } = await RawMqtt.connect(node.listeners.tcp, { clientId, username, protocolVersion: 5 });
    client.send({ cmd: "publish", topic, qos: 1, messageId: 1, payload: "x", retain: false, dup: false });
    const answer = await client.next();
    await client.cut();
    return answer === "400400011000";
  };
  expect(await publishes("c1", "up/c1")).toBe(true);
  expect(await publishes("c1", "up/c2")).toBe(false);
  expect(await publishes("c1", "a/b")).toBe(false);
  expect(await publishes("c2", "up/c2")).toBe(false);
  expect(await publishes("c2", "up/c2", "boss1")).toBe(true);
});

test("the built-in database: unknown users go on, a wrong or missing password ends the chain", async () => {
  await api("POST", "/authentication", { mechanism: "password_based", backend: "built_in_database" });
  await api("POST", "/authentication/password_based:built_in_database/users", { user_id: "u", password: "right" });
  const connack = async (username: string, password?: string) => {
    const given = password === undefined ? {} : { password: Buffer.from(password) };
    const { client, connack: answer } = await RawMqtt.connect(node.listeners.tcp, {
      clientId: "c",
      username,
      ...given,
    });
    await client.cut();
    return answer;
  };
  expect(await connack("u", "right")).toBe("20020000");
  expect(await connack("u", "wrong")).toBe("20020004");
  expect(await connack("nobody", "x")).toBe("20020005");
  expect(await connack("nobody")).toBe("20020004");
});

test("a restart keeps the ports and what is configured, and drops sessions", async () => {
  await api("PUT", "/mqtt/auto_subscribe", [{ topic: "x" }]);
  const { client } = await connect("before", { clean: false, protocolVersion: 4 });
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  await node.restart();
  await closed;
  expect((await api("GET", "/clients/before")).status).toBe(404);
  expect((await api("GET", "/mqtt/auto_subscribe")).body).toMatchObject([{ topic: "x" }]);
  await connect("after");
});

test("what a test wants from the API happens, and calls are listed", async () => {
  node.intercept = ({ path }) =>
    path.endsWith("/nodes")
      ? { status: 503 }
      : path.endsWith("/rules")
        ? { cut: true, after: "HTTP/1.1 2" }
        : { delayMs: 5 };
  expect((await api("GET", "/nodes")).status).toBe(503);
  await expect(api("GET", "/rules")).rejects.toThrow();
  expect((await api("GET", "/authentication")).status).toBe(200);
  expect(node.calls).toEqual([
    { method: "GET", path: "/api/v5/nodes", status: 503 },
    { method: "GET", path: "/api/v5/rules", status: 0 },
    { method: "GET", path: "/api/v5/authentication", status: 200 },
  ]);
});

test("MQTT over WebSocket, TLS and both", async () => {
  const year = { notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + 3_600_000) };
  const ca = issueCertificate({ commonName: "test CA", use: { kind: "ca" }, ...year });
  const server = issueCertificate(
    { commonName: "127.0.0.1", use: { kind: "server", hosts: ["127.0.0.1"] }, ...year },
    ca,
  );
  await node.close();
  node = await startStandIn({ tls: { cert: server.certificate, key: server.key } });
  const { tls, ws, wss } = node.listeners;
  for (const url of [`ws://127.0.0.1:${ws}/mqtt`, `mqtts://127.0.0.1:${tls}`, `wss://127.0.0.1:${wss}/mqtt`]) {
    const { client, got } = await connect("secure", { ca: ca.certificate }, url);
    await client.subscribeAsync("s");
    await client.publishAsync("s", url);
    await expect.poll(() => got).toEqual([`s ${url}`]);
  }
  const listeners = (await api("GET", "/listeners")).body as { id: string; status: { running: boolean } }[];
  expect(listeners.map(({ id, status }) => [id, status.running])).toEqual([
    ["ssl:default", true],
    ["tcp:default", true],
    ["ws:default", true],
    ["wss:default", true],
  ]);
});
