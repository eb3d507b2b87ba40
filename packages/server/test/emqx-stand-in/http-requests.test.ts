// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate } from "../../src/tls/issue-certificate.ts";
import { callApi } from "../emqx-recorded/api-client.ts";
import { RawMqtt } from "../emqx-recorded/raw-mqtt.ts";
import { http, type ScriptedServer, startScriptedServer } from "../emqx-recorded/scripted-server.ts";
import { type StandIn, startStandIn } from "./start-stand-in.ts";

const allow = { send: http(200, '{"result":"allow"}') };
const templates = {
  clientid: "${clientid}",
  username: "${username}",
  password: "${password}",
  peerhost: "${peerhost}",
};

let server: ScriptedServer;
let node: StandIn;

beforeEach(async () => {
  server = await startScriptedServer(() => allow);
});

afterEach(async () => {
  await node.close();
  await server.stop().catch(() => {});
});

async function start(change: object = {}): Promise<void> {
  const url = `http://127.0.0.1:${server.port}/mqtt/auth`;
  const headers = { "content-type": "application/json" };
  const web = { mechanism: "password_based", backend: "http", method: "post", url, headers, body: templates };
  const config = { ...web, ...change };
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  node = await startStandIn({ authenticators: [given] });
}

async function connect(clientId: string, username?: string, password?: string | Buffer): Promise<string> {
  const { client, connack } = await RawMqtt.connect(node.listeners.tcp, {
    clientId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  });
  await client.cut();
  return connack;
}

describe("request bytes", () => {
  const body = '{"username":"u&1","peerhost":"127.0.0.1","password":"p w=1","clientid":"cid x"}';
  const usual = "accept: application/json\r\ncache-control: no-cache\r\nconnection: keep-alive\r\n";
  const query = "clientid=cid+x&password=p+w%3D1&peerhost=127.0.0.1&username=u%261";

  test.each<[string, object, string]>([
    [
      "as configured",
      {},
      `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 79\r\nhost: <host>\r\ncontent-type: application/json\r\n\r\n${body}`,
    ],
    [
      "neither headers nor body",
      { headers: undefined, body: undefined },
      `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 2\r\nhost: <host>\r\n${usual}content-type: application/json\r\nkeep-alive: timeout=30, max=1000\r\n\r\n{}`,
    ],
    [
      "get",
      { method: "get", headers: undefined },
      `GET /mqtt/auth?${query} HTTP/1.1\r\nhost: <host>\r\n${usual}keep-alive: timeout=30, max=1000\r\n\r\n`,
    ],
    [
      "a form",
      { headers: { "content-type": "application/x-www-form-urlencoded" } },
      `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 65\r\nhost: <host>\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n${query}`,
    ],
    [
      "no headers",
      { headers: {} },
      `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 79\r\nhost: <host>\r\ncontent-type: application/json\r\n\r\n${body}`,
    ],
    [
      "placeholders in the path and the query",
      { url: "http://<host>/auth/${clientid}?u=${username}" },
      `POST /auth/cid+x?u=u%261 HTTP/1.1\r\ncontent-length: 79\r\nhost: <host>\r\ncontent-type: application/json\r\n\r\n${body}`,
    ],
    [
      "headers, which are sent as they are written",
      { headers: { "content-type": "application/json", authorization: "Bearer abc", "X-${clientid}": "${username}" } },
      `POST /mqtt/auth HTTP/1.1\r\ncontent-length: 79\r\nhost: <host>\r\nauthorization: Bearer abc\r\ncontent-type: application/json\r\nx-\${clientid}: \${username}\r\n\r\n${body}`,
    ],
  ])("%s", async (_name, change, recorded) => {
    const host = `127.0.0.1:${server.port}`;
    const filled = Object.fromEntries(
      Object.entries(change).map(([key, value]) => [
        key,
        typeof value === "string" ? value.replace("<host>", host) : value,
      ]),
    );
    await start(filled);
    expect(await connect("cid x", "u&1", "p w=1")).toBe("20020000");
    expect(server.seen[0]?.raw).toBe(recorded.replace("<host>", host));
  });

  test("texts are JSON strings in UTF-8; what is missing is empty; unknown placeholders stay", async () => {
    const more = { ...templates, attr: "${client_attrs.x}", cn: "${cert_common_name}", zone: "${nosuch}" };
    await start({ body: more });
    await connect('c"\\ü/%', 'u"\\ü', 'p"\\\n中');
    await connect("plain");
    expect(server.seen.map((seen) => seen.body)).toEqual([
      '{"zone":"${nosuch}","username":"u\\"\\\\ü","peerhost":"127.0.0.1","password":"p\\"\\\\\\n中","cn":"","clientid":"c\\"\\\\ü/%","attr":"${client_attrs.x}"}',
      '{"zone":"${nosuch}","username":"","peerhost":"127.0.0.1","password":"","cn":"","clientid":"plain","attr":"${client_attrs.x}"}',
    ]);
  });

  test("a password that is no text is refused without a request", async () => {
    await start();
    expect(await connect("binary", "u", Buffer.from("ff00fe", "hex"))).toBe("20020005");
    expect(server.seen).toHaveLength(0);
  });

  test("a client without an id is asked about with the one EMQX made", async () => {
    await start();
    const { connack } = await RawMqtt.connect(node.listeners.tcp, { clientId: "", protocolVersion: 5 });
    const assigned = JSON.parse(server.seen[0]?.body ?? "{}").clientid;
    expect(assigned).toMatch(/^[A-Za-z0-9]{47}$/);
    expect(connack).toBe(
      `204800004512002f${Buffer.from(assigned).toString("hex")}270010000021002025012a01290122ffff2801`,
    );
  });
});

describe("connections", () => {
  test("requests are pipelined on one connection, up to enable_pipelining", async () => {
    for (const limit of [100, 2]) {
      await start({ pool_size: 1, enable_pipelining: limit });
      let outstanding = 0;
      let most = 0;
      server.script = () => {
        outstanding += 1;
        most = Math.max(most, outstanding);
        setTimeout(() => {
          outstanding -= 1;
        }, 20);
        return { ...allow, delayMs: 20 };
      };
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => connect(`p-${index}`)));
      expect(answers).toEqual(Array.from({ length: 8 }, () => "20020000"));
      expect(most).toBeGreaterThan(1);
      if (limit === 2) expect(most).toBeLessThanOrEqual(2);
      await node.close();
    }
    await start();
  });

  test("a late answer is not taken for the next one", async () => {
    await start({ pool_size: 1, request_timeout: 100 });
    server.script = ({ body }) =>
      body.includes("late")
        ? { send: http(200, '{"result":"allow"}'), delayMs: 800 }
        : { send: http(200, '{"result":"deny"}') };
    expect(await connect("late")).toBe("20020005");
    expect(await connect("next")).toBe("20020005");
    expect(server.seen.map(({ connection }) => connection)).toEqual([1, 1]);
  });

  test("a connection the server closed while idle costs nothing", async () => {
    await start();
    await expect.poll(() => server.opened()).toBe(8);
    server.drop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.opened()).toBe(8);
    expect(await connect("after")).toBe("20020000");
    expect(server.opened()).toBe(9);
  });

  test("once a check has found the server gone, clients stay refused until the next one", async () => {
    await start();
    const status = async () =>
      (await callApi(node, "GET", "/authentication/password_based:http/status")).body as { status: string };
    const { port } = server;
    await server.stop();
    expect(await connect("down")).toBe("20020005");
    expect((await status()).status).toBe("connected");
    await node.healthCheck();
    expect((await status()).status).toBe("disconnected");
    server = await startScriptedServer(() => allow, port);
    expect(await connect("still refused")).toBe("20020005");
    expect(server.seen).toHaveLength(0);
    await node.healthCheck();
    expect(await connect("again")).toBe("20020000");
  });

  test("health is checked by itself as often as was said", async () => {
    node = await startStandIn({
      healthCheckMs: 30,
      authenticators: [
        { mechanism: "password_based", backend: "http", method: "post", url: `http://127.0.0.1:${server.port}/` },
      ],
    });
    const status = async () =>
      (await callApi(node, "GET", "/authentication/password_based:http/status")).body as { status: string };
    await server.stop();
    await expect.poll(async () => (await status()).status).toBe("disconnected");
  });
});

describe("TLS to the server", () => {
  const span = { notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + 3_600_000) };
  const ca = issueCertificate({ commonName: "test CA", use: { kind: "ca" }, ...span });
  const other = issueCertificate({ commonName: "other CA", use: { kind: "ca" }, ...span });
  const own = issueCertificate({ commonName: "127.0.0.1", use: { kind: "server", hosts: ["127.0.0.1"] }, ...span }, ca);

  test.each<[string, object, string]>([
    ["unverified", {}, "20020000"],
    ["verified", { verify: "verify_peer", cacertfile: ca.certificate }, "20020000"],
    ["verified against another CA", { verify: "verify_peer", cacertfile: other.certificate }, "20020005"],
  ])("%s", async (_name, ssl, expected) => {
    const web = createServer({ cert: own.certificate, key: own.key }, (_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end('{"result":"allow"}');
    }).listen(0, "127.0.0.1");
    await once(web, "listening");
    node = await startStandIn();
    const config = { mechanism: "password_based", backend: "http", method: "post" };
    const url = `https://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    expect((await callApi(node, "POST", "/authentication", { ...config, url })).status).toBe(400);
    const made = await callApi(node, "POST", "/authentication", { ...config, url, ssl: { enable: true, ...ssl } });
    expect(made.status).toBe(200);
    expect(await connect("c")).toBe(expected);
    web.close();
    web.closeAllConnections();
  });
});
