// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callApi } from "../emqx-recorded/api-client.ts";
import { readScenes } from "../emqx-recorded/callbacks.ts";
import { RawMqtt } from "../emqx-recorded/raw-mqtt.ts";
import { http, type ScriptedServer, startScriptedServer } from "../emqx-recorded/scripted-server.ts";
import { type StandIn, startStandIn } from "./start-stand-in.ts";

type Columns = Record<string, unknown>;

/** Times, addresses and ids. */
const volatile = ["timestamp", "peername", "sockname", "connected_at", "disconnected_at", "publish_received_at", "id"];
/** The stand-in does not make these. */
const leftOut = ["message.delivered", "message.acked"];
const listened = ["connected", "disconnected", "connack", "check_authn_complete", "check_authz_complete"]
  .map((name) => `client_${name}`)
  .concat("session_subscribed", "session_unsubscribed", "message_dropped");

/** The recorder's authentication server: user names decide. */
function answerAuthn(body: string): string {
  const username = /"username":"(\w*)"/.exec(body)?.[1];
  const acl = [
    { permission: "allow", action: "publish", topic: "ok" },
    { permission: "deny", action: "all", topic: "#" },
  ];
  if (username === "deny") return '{"result":"deny"}';
  if (username === "ign") return '{"result":"ignore"}';
  if (username === "su") return '{"result":"allow","is_superuser":true,"client_attrs":{"role":"dev"}}';
  if (username === "exp") return JSON.stringify({ result: "allow", expire_at: Math.floor(Date.now() / 1000) + 2 });
  return username === "acl" ? JSON.stringify({ result: "allow", acl }) : '{"result":"allow"}';
}

let auth: ScriptedServer;
let sink: ScriptedServer;
let node: StandIn;

beforeAll(async () => {
  auth = await startScriptedServer(({ body }) => ({ send: http(200, answerAuthn(body)) }));
  sink = await startScriptedServer(() => ({ send: http(200, "{}") }));
  const web = { mechanism: "password_based", backend: "http", method: "post", url: `http://127.0.0.1:${auth.port}/` };
  const templates = { username: "${username}", clientid: "${clientid}" };
  node = await startStandIn({ authenticators: [{ ...web, body: templates }], sources: [] });
  const headers = { "content-type": "application/json" };
  await make("/connectors", { type: "http", name: "sink", url: `http://127.0.0.1:${sink.port}`, headers });
  const parameters = { method: "post", path: "/ev/${event}", headers: { ...headers, "x-ev": "${event}" } };
  await make("/actions", { type: "http", name: "sinka", connector: "sink", parameters });
  const from = listened.map((name) => `"$events/${name}"`).join(", ");
  await make("/rules", { id: "test_events", sql: `SELECT * FROM ${from}`, actions: ["http:sinka"] });
});

afterAll(async () => {
  await node.close();
  await Promise.all([auth.stop(), sink.stop()]);
});

async function make(path: string, body: object): Promise<void> {
  expect((await callApi(node, "POST", path, body)).status).toBe(201);
}

async function connect(
  clientId: string,
  username: string,
  protocolVersion: 4 | 5 = 4,
  more: object = {},
): Promise<RawMqtt> {
  return (await RawMqtt.connect(node.listeners.tcp, { clientId, username, protocolVersion, ...more })).client;
}

const publish = (topic: string, qos: 0 | 1, payload: string | Buffer, messageId = 1) =>
  ({ cmd: "publish", topic, qos, payload, messageId, retain: false, dup: false }) as const;

/** What the recorder did, by the scene's label. */
const scenes: Record<string, () => Promise<unknown>> = {
  "v4 connect + DISCONNECT": async () => (await connect("d1", "bob")).leave(),
  "v5 superuser+client_attrs, DISCONNECT 0x04": async () => (await connect("d2", "su", 5)).leave(4),
  "denied v4": () => connect("d3", "deny"),
  "denied v5": () => connect("d3", "deny", 5),
  "ignored (no authenticator decides) v5": () => connect("d3", "ign", 5),
  "tcp FIN without DISCONNECT": async () => (await connect("d4", "bob")).cut(),
  "tcp RST": async () => (await connect("d5", "bob")).reset(),
  "take-over, clean session (same clientid)": async () => {
    await connect("d6", "bob");
    await (await connect("d6", "bob")).leave();
  },
  "take-over, persistent session": async () => {
    await connect("d6b", "bob", 4, { clean: false });
    await (await connect("d6b", "bob", 4, { clean: false })).leave();
  },
  "keepalive timeout": async () => (await connect("d7", "bob", 4, { keepalive: 1 })).next(),
  "kick by API": async () => {
    const client = await connect("d8", "bob", 5);
    expect((await callApi(node, "DELETE", "/clients/d8")).status).toBe(204);
    expect(await client.next()).toBe("e0029800");
  },
  "expire_at reached": async () => {
    const client = await connect("d9", "exp", 5);
    expect([await client.next(), await client.next()]).toEqual(["e0028700", "closed:FIN"]);
  },
  "authz (acl from authn)": async () => {
    const client = await connect("d10", "acl", 5);
    client.send(publish("ok", 1, "x", 1));
    client.send(publish("nope", 1, "x", 2));
    client.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: "nope", qos: 1 }] });
    expect([await client.next(), await client.next(), await client.next()]).toEqual([
      "400400011000",
      "400400028700",
      "900400030087",
    ]);
    await client.leave();
  },
  "sub/deliver/ack/unsub/drop": async () => {
    const [subscriber, publisher] = [await connect("d11", "bob", 5), await connect("d12", "bob")];
    subscriber.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t/1", qos: 1 }] });
    expect(await subscriber.next()).toBe("900400010001");
    publisher.send(publish("t/1", 1, "hello", 1));
    expect(await publisher.next()).toBe("40020001");
    expect(await subscriber.next()).toMatch(/^32/);
    subscriber.send({ cmd: "puback", messageId: 1 });
    subscriber.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["t/1"] });
    await subscriber.next();
    publisher.send(publish("nobody", 1, "x", 2));
    await publisher.next();
    publisher.send(publish("t/1", 0, Buffer.from([0, 255])));
    await publisher.leave();
    await subscriber.leave();
  },
  "malformed packet after connect": async () => (await connect("d13", "bob")).sendBytes("3600"),
  "CONNECT empty clientid clean=0 v4": async () => {
    const client = await RawMqtt.open(node.listeners.tcp);
    client.sendBytes("101100044d5154540480003c00000003626f62");
    expect(await client.next()).toBe("20020002");
  },
};

const recorded = readScenes().filter(({ label }) => label in scenes);

describe("events to a sink", () => {
  test.each(recorded)("$label", async ({ label, events }) => {
    sink.seen.length = 0;
    await scenes[label]?.();
    const wanted = comparable(events.filter(({ event }) => !leftOut.includes(String(event))));
    await expect
      .poll(() => comparable(sink.seen.map(({ body }) => JSON.parse(body))), { timeout: 10_000 })
      .toEqual(wanted);
  });

  test("the request is written as EMQX writes it", async () => {
    sink.seen.length = 0;
    await (await connect("bytes", "bob")).leave();
    await expect.poll(() => sink.seen.length).toBeGreaterThan(3);
    const first = sink.seen.find(({ head }) => head.includes("check_authn_complete"));
    const lines = first?.head.split("\r\n").map((line) => line.replace(/^(content-length|host): .*/, "$1"));
    expect(lines).toEqual([
      "POST /ev/client.check_authn_complete HTTP/1.1",
      "content-length",
      "host",
      "content-type: application/json",
      "x-ev: client.check_authn_complete",
      "content-type: application/json",
    ]);
    expect(Object.keys(JSON.parse(first?.body ?? "{}"))).toEqual([
      "username",
      "timestamp",
      "reason_code",
      "peername",
      "node",
      "metadata",
      "is_superuser",
      "is_anonymous",
      "event",
      "clientid",
      "client_attrs",
    ]);
  });
});

describe("a sink in trouble", () => {
  /** At once, and after one more look at what waits; as recorded within 20 s. */
  test.each<[string, { send?: string; close?: boolean }, number, number]>([
    ["201", { send: http(201, "") }, 1, 1],
    ["204", { send: "HTTP/1.1 204 X\r\n\r\n" }, 1, 1],
    ["302", { send: http(302, "") }, 1, 1],
    ["400", { send: http(400, "") }, 1, 1],
    ["404", { send: http(404, "") }, 1, 1],
    ["429", { send: http(429, "") }, 3, 4],
    ["503", { send: http(503, "") }, 3, 4],
    ["500", { send: http(500, "") }, 1, 1],
    ["a closed connection", { close: true }, 3, 6],
  ])("%s", async (_name, answer, atOnce, later) => {
    const path = "/rules/test_events";
    await callApi(node, "PUT", path, { sql: 'SELECT clientid FROM "$events/client_connected"' });
    sink.seen.length = 0;
    sink.script = () => answer;
    await (await connect("troubled", "bob")).leave();
    await expect.poll(() => sink.seen.length).toBe(atOnce);
    await node.healthCheck();
    expect(sink.seen).toHaveLength(later);
    sink.script = () => ({ send: http(200, "{}") });
    await node.healthCheck();
    const delivered = sink.seen.length;
    await node.healthCheck();
    expect(sink.seen).toHaveLength(delivered);
    expect(JSON.parse(sink.seen.at(-1)?.body ?? "")).toEqual({ clientid: "troubled" });
  });
});

describe("rules", () => {
  test("WHERE chooses, and republish sends messages on", async () => {
    sink.script = () => ({ send: http(200, "{}") });
    const sql = `SELECT clientid, topic, result as what FROM "$events/client_check_authz_complete" WHERE result = 'deny'`;
    await callApi(node, "PUT", "/rules/test_events", { sql });
    const republish = {
      function: "republish",
      args: { topic: "copy/${clientid}/${topic}", payload: "${payload}", qos: 1 },
    };
    await make("/rules", { id: "copy", sql: 'SELECT * FROM "from/#"', actions: [republish] });
    const listener = await connect("listener", "bob", 5);
    listener.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "copy/#", qos: 1 }] });
    await listener.next();
    const sender = await connect("sender", "bob", 5);
    sender.send(publish("from/here", 1, "words", 1));
    expect(Buffer.from(await listener.next(), "hex").toString("utf8")).toContain("copy/sender/from/here");
    sink.seen.length = 0;
    const limited = await connect("limited", "acl", 5);
    limited.send(publish("ok", 1, "x", 1));
    limited.send(publish("other", 1, "x", 2));
    await expect
      .poll(() => sink.seen.map(({ body }) => JSON.parse(body)))
      .toEqual([{ clientid: "limited", topic: "other", what: "deny" }]);
    await Promise.all([listener.leave(), sender.leave(), limited.leave()]);
  });
});

test("a rule builds an envelope from JSON, and copies nothing else", async () => {
  const sql = 'SELECT json_decode(payload) AS envelope.content, clientid AS envelope.from FROM "envelopes"';
  const args = { topic: "enveloped", payload: "${envelope}", qos: 0, retain: false };
  await make("/rules", { id: "envelope", sql, actions: [{ function: "republish", args }] });
  const listener = await connect("reader", "bob", 5);
  listener.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "enveloped", qos: 0 }] });
  await listener.next();
  const sender = await connect('quo"te', "bob", 5);
  sender.send(publish("envelopes", 0, "no JSON"));
  sender.send(publish("envelopes", 0, '{"a":["b",1]}'));
  const text = Buffer.from(await listener.next(), "hex").toString("utf8");
  expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual({ content: { a: ["b", 1] }, from: 'quo"te' });
  await Promise.all([listener.leave(), sender.leave()]);
});

/** Without what differs from run to run, in an order of its own: with several connections arrival order says nothing. */
function comparable(events: Columns[]): Columns[] {
  const kept = events.map((event) =>
    Object.fromEntries(
      Object.entries(event)
        .filter(([name]) => !volatile.includes(name))
        .sort(),
    ),
  );
  return kept.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
