// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callApi } from "./emqx-recorded/api-client.ts";
import { type AuthnRow, type AuthzRow, atPresent, readAuthnRows, readAuthzRows } from "./emqx-recorded/callbacks.ts";
import { RawMqtt } from "./emqx-recorded/raw-mqtt.ts";
import { type Script, type ScriptedServer, startScriptedServer } from "./emqx-recorded/scripted-server.ts";
import { type StandIn, startStandIn } from "./emqx-stand-in/start-stand-in.ts";

/** Whether the recorder's server gave no answer; it waited for seconds, this test waits for `shortTimeout`. */
const hangs = ({ label }: { label: string }) => label.startsWith("hang");
const shortTimeout = { request_timeout: "20ms" };

/** What a row's server does; an answer after 4 s comes after 150 ms. */
function scriptOf({ label, answer, closes }: { label: string; answer?: string; closes?: true }): Script {
  if (answer === undefined) return () => (closes ? { close: true } : undefined);
  const delayMs = label.startsWith("delay") ? 150 : 0;
  return () => ({ send: atPresent(answer), close: closes === true, delayMs });
}

describe("authentication by HTTP", () => {
  const { requests, rows } = readAuthnRows();
  const down = rows.filter(({ label }) => label.startsWith("connection refused"));
  let server: ScriptedServer;
  let node: StandIn;
  let config: object;

  beforeAll(async () => {
    server = await startScriptedServer(() => undefined);
    const body = {
      clientid: "${clientid}",
      username: "${username}",
      password: "${password}",
      peerhost: "${peerhost}",
      cert_subject: "${cert_subject}",
      cert_common_name: "${cert_common_name}",
      const: "k",
      mixed: "a-${clientid}-b",
      attr: "${client_attrs.x}",
    };
    const url = `http://127.0.0.1:${server.port}/mqtt/auth`;
    const headers = { "content-type": "application/json", "x-test": "1" };
    config = { mechanism: "password_based", backend: "http", method: "post", url, headers, body };
    node = await startStandIn({ authenticators: [config] });
  });

  afterAll(async () => {
    await node.close();
    await server.stop().catch(() => {});
  });

  async function connack({ version }: AuthnRow): Promise<string> {
    const { client, connack: answer } = await RawMqtt.connect(node.listeners.tcp, {
      protocolVersion: version,
      clientId: `cid-${version}`,
      username: "u1",
      password: Buffer.from("pw1"),
    });
    await client.cut();
    return answer;
  }

  test("opens eight connections before anybody connects", () => {
    return expect.poll(() => server.opened()).toBe(8);
  });

  test.each(rows.filter((row) => !down.includes(row)))("$label, MQTT $version: $connack", async (row) => {
    server.seen.length = 0;
    server.script = scriptOf(row);
    const path = "/authentication/password_based:http";
    if (hangs(row)) await put(node, path, { ...config, ...shortTimeout }, 204);
    const began = Date.now();
    expect(await connack(row)).toBe(row.connack);
    expect(server.seen).toHaveLength(row.requests);
    if (hangs(row)) expect(Date.now() - began).toBeGreaterThan(500); // half a second more than its time-out
    if (hangs(row)) await put(node, path, config, 204);
    const recorded = requests[row.version]?.replace("<port>", String(server.port));
    for (const { raw } of row.otherRequest ? [] : server.seen) expect(raw).toBe(recorded);
  });

  const json = "content-type: application/json\r\n";
  const allow = '{"result":"allow"}';
  const sized = (body: string, head = json) =>
    `HTTP/1.1 200 OK\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  test.each<[string, { send: string; close?: boolean }, boolean]>([
    ["1 MiB of padding", { send: sized(allow + " ".repeat(1 << 20)) }, true],
    ["a body that ends with the connection", { send: `HTTP/1.1 200 OK\r\n${json}\r\n${allow}`, close: true }, true],
    ["HTTP/1.0", { send: `HTTP/1.0 200 OK\r\n${json}content-length: 18\r\n\r\n${allow}`, close: true }, true],
    ["100 before it", { send: `HTTP/1.1 100 Continue\r\n\r\n${sized(allow)}` }, true],
    ["103 before it", { send: `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${sized(allow)}` }, true],
    ["204 with a length", { send: "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n" }, true],
    ["a charset", { send: sized(allow, "Content-Type: application/json;charset=UTF-8\r\n") }, true],
    ["another case", { send: sized(allow, "content-type: application/JSON\r\n") }, false],
    ["problem+json", { send: sized(allow, "content-type: application/problem+json\r\n") }, false],
    ["a byte order mark", { send: sized(`\u{feff}${allow}`) }, false],
    ["a text", { send: sized('"ALLOW"') }, false],
    ["true", { send: sized("true") }, false],
  ])("an answer with %s", async (_name, answer, allowed) => {
    server.script = () => answer;
    const row = { label: "", version: 4 as const, connack: "", requests: 1 };
    expect(await connack(row)).toBe(allowed ? "20020000" : "20020005");
  });

  test.each<[string, unknown, string]>([
    ["expire_at 0", { expire_at: 0 }, "20020004"],
    ["expire_at negative", { expire_at: -1 }, "20020004"],
    ["expire_at a float", { expire_at: Date.now() / 1000 + 60.5 }, "20020004"],
    ["expire_at null", { expire_at: null }, "20020004"],
    ["expire_at in milliseconds", { expire_at: Date.now() + 60_000 }, "20020004"],
    ["a rule without action", { acl: [{ permission: "allow", topic: "a" }] }, "20020004"],
    ["a list under topic", { acl: [{ permission: "allow", action: "all", topic: ["a"] }] }, "20020004"],
    ["client_attrs null", { client_attrs: null }, "20020005"],
    ["odd attribute names", { client_attrs: { "a b": "1", ü: "2" } }, "20020000"],
    [
      "rules with unknown keys",
      { acl: [{ permission: "deny", action: "sub", topics: ["a"], username_re: "x" }] },
      "20020000",
    ],
  ])("%s next to allow", async (_name, more, expected) => {
    const body = JSON.stringify({ result: "allow", ...(more as object) });
    server.script = () => ({ send: sized(body) });
    expect(await connack({ label: "", version: 4, connack: "", requests: 1 })).toBe(expected);
  });

  test.each(down)("$label, MQTT $version: $connack", async (row) => {
    await server.stop().catch(() => {});
    expect(await connack(row)).toBe(row.connack);
  });
});

describe("authorization by HTTP", () => {
  let server: ScriptedServer;
  let node: StandIn;
  let source: object;

  const rows = readAuthzRows();
  const body = Object.fromEntries(
    ["action", "clientid", "mountpoint", "peerhost", "proto_name", "qos", "retain", "topic", "username"].map((name) => [
      name,
      `\${${name}}`,
    ]),
  );

  beforeAll(async () => {
    server = await startScriptedServer(() => undefined);
    const url = `http://127.0.0.1:${server.port}/mqtt/acl`;
    const plain = { type: "http", method: "post", url, headers: { "content-type": "application/json" } };
    const templates = { ...body, pw: "${password}", attr: "${client_attrs.x}" };
    source = { ...plain, body: templates };
    node = await startStandIn({ sources: [source] });
  });

  afterAll(async () => {
    await node.close();
    await server.stop();
  });

  async function settings(row: AuthzRow): Promise<void> {
    const deny_action = row.label.includes("disconnect") ? "disconnect" : "ignore";
    await put(node, "/authorization/settings", { no_match: row.noMatch, deny_action, cache: { enable: false } });
    await put(node, "/authorization/sources/http", hangs(row) ? { ...source, ...shortTimeout } : source, 204);
  }

  test.each(rows)("$label, MQTT $version", async (row) => {
    await settings(row);
    server.seen.length = 0;
    server.script = scriptOf(row);
    const { client } = await RawMqtt.connect(node.listeners.tcp, {
      protocolVersion: row.version,
      clientId: `az${row.version}`,
      username: "u",
    });
    const publish = { cmd: "publish" as const, topic: "t/a", retain: false, dup: false, payload: "x" };
    client.send({ ...publish, qos: 0 });
    client.send({ ...publish, qos: 1, messageId: 1 });
    if (row.qos0 !== "nothing") expect(await client.next()).toBe(row.qos0 === "closed" ? "closed:FIN" : row.qos0);
    if (row.qos1 === "closed") return expect(server.seen).toHaveLength(row.requests);
    expect(await client.next()).toBe(row.qos1);
    client.send({ ...publish, qos: 2, messageId: 2 });
    expect(await client.next()).toBe(row.qos2);
    client.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: "t/#", qos: 1 }] });
    expect(await client.next()).toBe(row.subscribe);
    expect(server.seen).toHaveLength(row.requests);
    const sent = server.seen.map(({ raw }) => raw.replace(`127.0.0.1:${server.port}`, "127.0.0.1:<port>"));
    if (row.sent) expect(sent).toEqual(row.sent);
    await client.cut();
  });

  test("remembers answers by action, topic, QoS and retain; a will is asked about when it is published", async () => {
    await put(node, "/authorization/settings", { no_match: "deny", deny_action: "ignore", cache: { enable: true } });
    await put(node, "/authorization/sources/http", source, 204);
    server.seen.length = 0;
    server.script = () => ({ send: 'HTTP/1.1 200 X\r\ncontent-length: 18\r\n\r\n{"result":"allow"}' });
    const will = { topic: "w/t", payload: Buffer.from("x"), qos: 0 as const, retain: false };
    const { client } = await RawMqtt.connect(node.listeners.tcp, { clientId: "cached", will });
    const publish = { cmd: "publish" as const, topic: "c/1", dup: false, payload: "x" };
    for (let id = 1; id <= 3; id += 1) client.send({ ...publish, qos: 1, retain: false, messageId: id });
    for (let id = 4; id <= 5; id += 1) client.send({ ...publish, qos: 1, retain: true, messageId: id });
    for (let id = 6; id <= 7; id += 1)
      client.send({ cmd: "subscribe", messageId: id, subscriptions: [{ topic: "c/1", qos: 1 }] });
    while ((await client.next()).slice(0, 8) !== "90030007");
    expect(server.seen.map((seen) => /"action":"(\w+)"/.exec(seen.body)?.[1])).toEqual([
      "publish",
      "publish",
      "subscribe",
    ]);
    await client.cut();
    await expect.poll(() => server.seen.length).toBe(4);
    expect(server.seen.at(-1)?.body).toContain('"topic":"w/t"');
  });

  test("asks for each filter of a SUBSCRIBE in turn, without $share, and answers once", async () => {
    server.seen.length = 0;
    const { client } = await RawMqtt.connect(node.listeners.tcp, { protocolVersion: 5, clientId: "many" });
    const topics = ["a/1", "$share/g/a/2", "a/3", "#"];
    client.send({
      cmd: "subscribe",
      messageId: 7,
      subscriptions: topics.map((topic, index) => ({ topic, qos: (index % 3) as 0 | 1 | 2 })),
    });
    expect(await client.next()).toBe("900700070000010200");
    expect(server.seen.map((seen) => /"topic":"([^"]*)"/.exec(seen.body)?.[1])).toEqual(["a/1", "a/2", "a/3", "#"]);
    await client.cut();
  });
});

async function put(node: StandIn, path: string, body: object, expected = 200): Promise<void> {
  expect((await callApi(node, "PUT", path, body)).status).toBe(expected);
}
