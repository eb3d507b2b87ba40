import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { deny } from "../authn/deny.ts";
import { allow, emqxRequest, raw, recorded, start, stopAll, token } from "./testing/start-broker-server.ts";

afterEach(stopAll);

describe("POST /mqtt/auth", () => {
  it("understands EMQX 5.8.0 byte for byte and answers allow", async () => {
    const { port, requests } = await start(allow);
    const answer = await raw(port, emqxRequest(recorded));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toEqual({
      result: "allow",
      client_attrs: { device: "d1" },
      acl: [{ permission: "deny", action: "all", topic: "#" }],
    });
    expect(requests).toEqual([{ clientId: "cid x", username: "u&1", password: "p w=1", peerHost: "127.0.0.1" }]);
  });

  it("answers a hundred pipelined logins in their order", async () => {
    const { port } = await start(async (request) => {
      await sleep(Math.random() * 5);
      return { ...allow, clientAttrs: { device: request.clientId } };
    });
    const names = Array.from({ length: 100 }, (_, n) => `c${n}`);
    const bodies = names.map((clientid) => JSON.stringify({ clientid, username: "u", password: "p" }));
    const answer = await raw(port, bodies.map((body) => emqxRequest(body)).join(""), 100);
    expect([...answer.matchAll(/"device":"(c\d+)"/g)].map((match) => match[1])).toEqual(names);
  });

  it.each([
    ["application/x-www-form-urlencoded", "clientid=cid+x&password=p+w%3D1&username=u%261"],
    ["application/json; charset=utf-8", recorded],
    ["Application/JSON", recorded],
  ])("reads %s", async (type, body) => {
    const { port, requests } = await start(allow);
    const response = await fetch(`http://127.0.0.1:${port}/mqtt/auth`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(await response.json()).toMatchObject({ result: "allow" });
    expect(requests[0]).toMatchObject({ clientId: "cid x", username: "u&1", password: "p w=1" });
  });

  it.each([
    ["text/plain", recorded],
    ["", recorded],
    ["application/json", ""],
    ["application/json", "null"],
    ["application/json", "[]"],
    ["application/json", '{"clientid":"a"'],
    ["application/json", '{"username":"u","password":"p"}'],
    ["application/json", '{"clientid":"","username":"u","password":"p"}'],
    ["application/json", '{"clientid":"a","client_id":"b","username":"u","password":"p"}'],
    ["application/json", '{"clientid":1,"username":"u","password":"p"}'],
    ["application/json", '{"clientid":"a","username":null,"password":["p"]}'],
    ["application/json", `{"clientid":"a","username":"u","password":"${"p".repeat(9000)}"}`],
    ["application/json", `${"[".repeat(8000)}`],
    ["application/json", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ["application/x-www-form-urlencoded", "clientid=a&clientid=b&username=u&password=p"],
    ["application/x-www-form-urlencoded", "clientid=a&username=%ff&password=p"],
    ["application/x-www-form-urlencoded", "clientid=a&username=%zz&password=p"],
  ])("denies a question that cannot be read: %s %s", async (type, body) => {
    const { port, requests, reasons } = await start(allow);
    const response = await fetch(`http://127.0.0.1:${port}/mqtt/auth`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ result: "deny" });
    expect(requests).toEqual([]);
    expect(reasons).toEqual(["malformed_request"]);
  });

  it("denies a body over 16 KiB and goes on with the next login of the connection", async () => {
    const { port, reasons, requests } = await start(allow);
    const large = JSON.stringify({ clientid: "a", username: "u", password: "p".repeat(20_000) });
    const answer = await raw(port, emqxRequest(large) + emqxRequest(recorded), 2);
    expect(answer.match(/\{"result":"(?:deny|allow)"/g)).toEqual(['{"result":"deny"', '{"result":"allow"']);
    expect(reasons).toEqual(["request_too_large"]);
    expect(requests).toHaveLength(1);
  });

  it("does not wait for the end of a body over 1 MiB", async () => {
    const { port } = await start(allow);
    const head = `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 1000000000\r\nhost: localhost\r\ncontent-type: application/json\r\n\r\n`;
    expect(await raw(port, head + "x".repeat(1_100_000))).toMatch(
      /^HTTP\/1\.1 200 OK\r\n.*connection: close.*\{"result":"deny"\}$/is,
    );
  });

  it("denies what is not HTTP, and headers without end", async () => {
    const { port } = await start(allow);
    for (const bytes of ["\x10\x0c\x00\x04MQTT\x04\x02\r\n\r\n", `GET / HTTP/1.1\r\nx: ${"y".repeat(70_000)}`]) {
      expect(await raw(port, bytes)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\{"result":"deny"\}$/s);
    }
  });

  it("denies when deciding fails", async () => {
    const { port, reasons } = await start(() => Promise.reject(new Error("broken")));
    expect(await raw(port, emqxRequest(recorded))).toMatch(/200 OK.*\{"result":"deny"\}$/s);
    expect(reasons).toEqual(["Error: broken", "internal_error"]);
  });

  it("answers 401 where the older contract is configured, on the plain path only", async () => {
    const { port } = await start(deny("bad_signature", "test"), { denyStatus: 401 });
    expect(await raw(port, emqxRequest(recorded))).toMatch(/^HTTP\/1\.1 401/);
    const bearer = `authorization: Bearer ${token}\r\n`;
    expect(await raw(port, emqxRequest(recorded, "/brokers/emqx/authn", bearer))).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe("what the allow answer holds", () => {
  it.each([
    [
      { ...allow, expireAtSeconds: 1_760_779_421.9 },
      { result: "allow", client_attrs: { device: "d1" }, acl: allow.acl, expire_at: 1_760_779_421 },
    ],
    [{ ...allow, expireAtSeconds: 1_760_775_881 }, { result: "deny" }],
  ] as const)("expire_at is a whole number of seconds in the future", async (decision, answer) => {
    const { port } = await start(decision);
    const response = await raw(port, emqxRequest(recorded));
    expect(JSON.parse(response.split("\r\n\r\n")[1] ?? "")).toEqual(answer);
  });
});

describe("other requests", () => {
  it("GET tells that it is there; OPTIONS is never a login and allows no other origin", async () => {
    const { port, requests } = await start(allow);
    const url = `http://127.0.0.1:${port}/mqtt/auth`;
    const get = await fetch(url);
    expect([get.status, await get.text()]).toEqual([200, expect.stringContaining("MQTT Auth")]);
    const options = await fetch(url, { method: "OPTIONS", headers: { origin: "http://example.org" } });
    expect([options.status, options.headers.get("allow")]).toEqual([200, "GET, POST, OPTIONS"]);
    expect(options.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(options.headers.get("access-control-allow-origin")).toBeNull();
    expect(requests).toEqual([]);
  });

  it("a login in the query of a GET is denied", async () => {
    const { port } = await start(allow);
    const response = await fetch(`http://127.0.0.1:${port}/mqtt/auth?clientid=a&username=b&password=c`);
    expect(await response.json()).toEqual({ result: "deny" });
  });

  it("a login to a mistyped broker path is denied, not a 404", async () => {
    const { port } = await start(allow);
    for (const path of ["/mqtt/auht", "/brokers/emqx/auth", "/brokers/nosuch/authn"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: recorded });
      expect([response.status, await response.json()]).toEqual([200, { result: "deny" }]);
    }
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/mqtt/auth`, { method: "PUT" })).status).toBe(405);
  });
});

describe("who may ask", () => {
  const bodies = { authorization: `Bearer ${token}` };
  it.each([
    ["/mqtt/auth", {}, "allow"],
    ["/mqtt/auth", bodies, "allow"],
    ["/mqtt/auth", { authorization: `bearer  ${token}` }, "allow"],
    ["/mqtt/auth", { authorization: "Bearer wrong" }, "deny"],
    ["/mqtt/auth", { origin: "http://127.0.0.1" }, "deny"],
    ["/brokers/emqx/authn", {}, "deny"],
    ["/brokers/emqx/authn", bodies, "allow"],
    ["/brokers/emqx/authn", { authorization: `Bearer ${token}x` }, "deny"],
    ["/brokers/emqx/authn", { authorization: `Basic ${token}` }, "deny"],
  ])("%s with %j", async (path, headers, result) => {
    const { port, reasons } = await start(allow);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: recorded,
    });
    expect([response.status, ((await response.json()) as { result: string }).result]).toEqual([200, result]);
    expect(reasons).toEqual(result === "deny" ? ["broker_not_authorized"] : []);
  });

  it("a rebound host name is not loopback; a configured one is", async () => {
    const access = { token, allowFrom: [], allowedHosts: ["connack.internal"], trustedProxies: [] };
    const { port } = await start(allow, { access });
    const as = (host: string) => raw(port, emqxRequest(recorded).replace("127.0.0.1:19101", host));
    expect(await as("evil.example")).toMatch(/"deny"/);
    expect(await as("connack.internal:8003")).toMatch(/"allow"/);
    expect(await as("[::1]:8003")).toMatch(/"allow"/);
  });

  it("a certificate counts only from a broker that proved itself", async () => {
    const { port, requests } = await start(allow);
    const body = JSON.stringify({ clientid: "a", cert_common_name: "sensor-1", cert_subject: "CN=sensor-1" });
    await raw(port, emqxRequest(body));
    await raw(port, emqxRequest(body, "/brokers/emqx/authn", `authorization: Bearer ${token}\r\n`));
    expect(requests[0]).not.toHaveProperty("certificateCommonName");
    expect(requests[1]).toMatchObject({ certificateCommonName: "sensor-1", certificateSubject: "CN=sensor-1" });
  });
});
