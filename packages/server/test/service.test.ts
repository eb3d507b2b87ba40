import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { generate } from "mqtt-packet";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ca, server as certificate } from "../src/brokers/embedded/testing/lab-certificates.ts";
import { type RunningConnack, removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
let running: RunningConnack[];
let sockets: Socket[];
beforeEach(() => {
  folder = temporaryFolder();
  running = [];
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const each of running) await each.kill("SIGKILL");
  removeFolder(folder);
});

async function start(env: Record<string, string> = {}): Promise<RunningConnack> {
  const started = await startConnack({ folder, env });
  running.push(started);
  return started;
}

const configure = (text: string) => writeFileSync(join(folder, "connack.yaml"), text);
const apply = (...args: string[]) => runConnack(["config", "apply", ...args], { cwd: folder });

function linesOf(server: RunningConnack): Record<string, unknown>[] {
  const lines = server.output().stdout.split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Waits until the log has it. */
async function logged(server: RunningConnack, text: string): Promise<Record<string, unknown>> {
  const find = () => linesOf(server).find(({ msg }) => String(msg).includes(text));
  await vi.waitUntil(find, { timeout: 20_000, interval: 20 });
  return find() as Record<string, unknown>;
}

async function openTcp(port: number): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

interface Login {
  clientId: string;
  username: string;
  password: string;
}

const loginOf = (server: RunningConnack, device: string) =>
  server.json<Login & Record<string, unknown>>("credential", "issue", device, "--add");

function callback({ clientId, username, password }: Login): [head: string, body: string] {
  const body = JSON.stringify({ clientid: clientId, username, password });
  const length = Buffer.byteLength(body);
  return [
    `POST /mqtt/auth HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${length}\r\n` +
      `content-type: application/json\r\n\r\n`,
    body,
  ];
}

async function connectMqtt(server: RunningConnack, login: Login): Promise<MqttClient> {
  const { clientId, username, password } = login;
  const options = { clientId, username, password, protocolVersion: 5, reconnectPeriod: 0 } as const;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.mqttPort}`, options);
  client.on("error", () => {});
  return client;
}

describe("reading the configuration again", () => {
  it("SIGHUP puts it in force; a bad file changes nothing and says why; neither ends the service", async () => {
    const server = await start();
    configure("devices: { enrolment: refuse }\nlog: { level: debug }\nhttp: { brokers: { maxConnections: 99 } }\n");
    process.kill(server.pid, "SIGHUP");
    expect((await logged(server, "configuration read again"))["msg"]).toBe(
      `configuration read again from ${join(folder, "connack.yaml")}: ` +
        "in force: devices.enrolment, log.level; " +
        "changed, takes effect at the next start: http.brokers.maxConnections",
    );
    configure("devices: { enrolment: refuse }\nlog: { level: debug, levle: info }\n");
    process.kill(server.pid, "SIGHUP");
    expect(await logged(server, "nothing was changed")).toMatchObject({
      level: "error",
      msg: "configuration not read again, nothing was changed: connack.yaml:2:22: unknown key `levle`; did you mean `level`?",
    });
    configure("");
    process.kill(server.pid, "SIGHUP");
    await logged(server, "the file is empty");
    configure("# nothing is set\n");
    process.kill(server.pid, "SIGHUP");
    await vi.waitUntil(() => linesOf(server).filter(({ msg }) => String(msg).includes("read again from")).length === 2);
    expect(await server.kill("SIGTERM")).toBe(0);
  });

  it("connack config apply says what is in force and what is not yet", async () => {
    const server = await start();
    configure("devices:\n  enrolment: refuse\ncredentials:\n  jwt:\n    issuer: acme\nlog:\n  format: json\n");
    const told = await apply();
    expect(told).toMatchObject({ code: 0, stderr: "" });
    const readFrom = `Read again: ${join(folder, "connack.yaml")}\n`;
    const changesIn = (stdout: string) => {
      expect(stdout.slice(0, readFrom.length)).toBe(readFrom);
      return stdout.slice(readFrom.length);
    };
    expect(changesIn(told.stdout)).toMatchInlineSnapshot(`
      "In force now:
        SETTING                 WAS    IS      FROM
        credentials.jwt.issuer  -      acme    connack.yaml:5
        devices.enrolment       enrol  refuse  connack.yaml:2
      Changed, takes effect at the next start:
        SETTING     WAS   IS    FROM
        log.format  auto  json  connack.yaml:7
      "
    `);
    const again = await apply();
    expect(changesIn(again.stdout)).toMatchInlineSnapshot(`
      "Changed, takes effect at the next start:
        SETTING     WAS   IS    FROM
        log.format  auto  json  connack.yaml:7
      "
    `);
    const json = await apply("--json");
    expect(JSON.parse(json.stdout)).toEqual({
      applied: [],
      atNextStart: [{ key: "log.format", from: "auto", to: "json", source: "connack.yaml:7", isLive: false }],
      keys: { added: [], removed: [] },
      files: [join(folder, "connack.yaml")],
      overruled: [],
      warnings: [],
    });
    const status = await server.json<{ warnings: string[] }>("status");
    expect(status.warnings).toEqual(["changed, takes effect at the next start: log.format"]);
    configure("# nothing is set\n");
    expect(changesIn((await apply()).stdout)).toMatchInlineSnapshot(`
      "In force now:
        SETTING                 WAS     IS     FROM
        credentials.jwt.issuer  acme    -      default
        devices.enrolment       refuse  enrol  default
      "
    `);
    expect(changesIn((await apply()).stdout)).toBe("Nothing has changed.\n");
    writeFileSync(join(folder, "other.yaml"), "devices: { enrolment: approve }\n");
    expect(await apply("--config", "other.yaml")).toMatchObject({
      code: 78,
      stdout: "",
      stderr: expect.stringContaining(`it reads ${join(folder, "connack.yaml")}\nNext: nothing was changed`),
    });
  });

  it("keeps to the options of the start, and never shows a secret", async () => {
    const secret = `A${randomBytes(32).toString("hex")}`;
    const server = await start({ CONNACK_DEVICES_ENROLMENT: "approve" });
    configure(`devices: { enrolment: refuse }\ncredentials: { xiaozhiHmac: { key: "${secret}" } }\n`);
    const { stdout, stderr } = await apply();
    expect(stdout).toContain("credentials.xiaozhiHmac.key");
    expect(stdout).toContain("new keys  hmac-configured");
    expect(stdout).toContain(
      "\ndevices.enrolment: the variable CONNACK_DEVICES_ENROLMENT of the server wins\nover the file\n",
    );
    expect(stdout + stderr + JSON.stringify(server.output())).not.toContain(secret);
  });

  it("connack config apply names the line of a mistake, and ends with 78; without a server with 69", async () => {
    const server = await start();
    configure("http:\n  brokers:\n    hots: 0.0.0.0\n");
    expect(await apply()).toMatchObject({
      code: 78,
      stdout: "",
      stderr: expect.stringContaining("connack.yaml:3:5: unknown key"),
    });
    configure("");
    // Only the server's own environment is wrong.
    writeFileSync(join(folder, "key.pem"), "no key");
    configure("credentials: { jwt: { keyFiles: [key.pem] } }\n");
    const refused = await apply("--json");
    expect(refused.code).toBe(78);
    expect(JSON.parse(refused.stderr).error).toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/^connack.yaml:1 .*key file key.pem: /),
      next: "nothing was changed; correct it and try again",
    });
    expect(await server.kill("SIGTERM")).toBe(0);
    configure("");
    expect(await apply()).toEqual({
      code: 69,
      stdout: "",
      stderr:
        "connack: no server runs on this data folder: it reads its configuration when it starts\n" +
        "Next: connack serve starts one; connack config check only checks\n",
    });
  });
});

describe("stopping", () => {
  it("answers what was asked, tells MQTT 5 clients why, and keeps what happened", async () => {
    const server = await start();
    const login = await loginOf(server, "lamp-1");
    const client = await connectMqtt(server, login);
    const disconnected = new Promise((resolve) => client.once("disconnect", ({ reasonCode }) => resolve(reasonCode)));
    const asking = await openTcp(server.httpPort);
    let answer = "";
    asking.on("data", (chunk) => {
      answer += chunk.toString();
    });
    const [head, body] = callback(login);
    asking.write(head + body.slice(0, 10));
    // What is answered came after it.
    expect((await fetch(`http://127.0.0.1:${server.httpPort}/healthz`)).status).toBe(200);
    const ended = server.kill("SIGTERM");
    expect(await disconnected).toBe(0x8b);
    await logged(server, "stopping");
    asking.write(body.slice(10));
    await once(asking, "close");
    expect(answer).toContain('"result":"allow"');
    expect(await ended).toBe(0);
    expect(linesOf(server).at(-1)).toMatchObject({ msg: "stopped" });

    const next = await start();
    const device = await next.json<{ lastSeenAt: string }>("device", "show", "lamp-1");
    expect(Date.parse(device.lastSeenAt)).toBeGreaterThan(0);
    const { events } = await operation<{ events: { type: string; reason?: string; detail?: string }[] }>(
      next,
      "audit.query",
      { types: ["service"] },
    );
    const told = events.filter(({ reason = "" }) => /^(started|stopped)$/.test(reason)).reverse();
    expect(told.map(({ reason }) => reason)).toEqual(["started", "stopped", "started"]);
    expect(told[0]?.detail).toContain(`http://127.0.0.1:${server.httpPort}`);
    expect(told[1]?.detail).toBe("by SIGTERM");
    const logins = await operation<{ events: unknown[] }>(next, "audit.query", { types: ["connect"] });
    expect(logins.events.length).toBeGreaterThan(0);
  });

  it("takes less than five seconds whatever others do", async () => {
    const server = await start();
    const login = await loginOf(server, "deaf");
    // A request that never ends, one that is never begun, a CONNECT that never comes,
    const [head] = callback(login);
    (await openTcp(server.httpPort)).write(head);
    await openTcp(server.httpPort);
    await openTcp(server.mqttPort);
    // a client that reads nothing and is owed much,
    const deaf = await openTcp(server.mqttPort);
    deaf.pause();
    const { clientId, username, password } = login;
    const will = { protocolVersion: 5, protocolId: "MQTT", clean: true, keepalive: 0 } as const;
    deaf.write(
      generate(
        { cmd: "connect", clientId, username, password: Buffer.from(password), ...will },
        { protocolVersion: 5 },
      ),
    );
    const own = { topic: "devices/deaf/x", qos: 0, nl: false, rap: false, rh: 0 } as const;
    deaf.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [own] }, { protocolVersion: 5 }));
    const payload = randomBytes(200_000);
    const publish = { cmd: "publish", topic: own.topic, payload, qos: 0, dup: false, retain: false } as const;
    for (let n = 0; n < 20; n++) deaf.write(generate(publish, { protocolVersion: 5 }));
    // and one that follows events and does not read them.
    const follower = connectTcp(join(folder, "connack-data/connack.sock"));
    sockets.push(follower);
    follower.write("GET /events HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(follower, "data");
    follower.pause();
    const begin = performance.now();
    expect(await server.kill("SIGTERM")).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(linesOf(server).at(-1)).toMatchObject({ msg: "stopped" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second signal, %s, ends it at once", async (signal, code) => {
    const server = await start();
    const login = await loginOf(server, "lamp-1");
    (await openTcp(server.httpPort)).write(callback(login)[0]);
    const ended = server.kill("SIGTERM");
    await logged(server, "stopping");
    process.kill(server.pid, signal);
    expect(await ended).toBe(code);
    expect(linesOf(server).map(({ msg }) => msg)).not.toContain("stopped");
  });
});

async function operation<Value>(server: RunningConnack, name: string, input: object): Promise<Value> {
  const { socketCaller } = await import("./call-socket.ts");
  const socket = socketCaller(server.folder);
  try {
    return await socket.call<Value>(name, input);
  } finally {
    socket.close();
  }
}

describe("a listener for brokers behind TLS and a proxy", () => {
  function ask(port: number, login: Login, headers: Record<string, string> = {}): Promise<string> {
    const [, body] = callback(login);
    return new Promise((resolve, reject) => {
      const options = { port, host: "127.0.0.1", path: "/mqtt/auth", method: "POST", ca: ca.certificate };
      const asked = request({ ...options, headers: { "content-type": "application/json", ...headers } }, (response) => {
        response.setEncoding("utf8");
        response.once("data", resolve);
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  it("speaks HTTPS, and judges callers by what the proxy says", async () => {
    writeFileSync(join(folder, "server.crt"), certificate.certificate);
    writeFileSync(join(folder, "server.key"), certificate.key, { mode: 0o600 });
    configure("http: { brokers: { tls: { certificateFile: server.crt, keyFile: server.key } } }\n");
    const server = await start();
    const { listeners } = await server.json<{ listeners: Record<string, string> }>("status");
    expect(listeners["brokers"]).toBe(`https://127.0.0.1:${server.httpPort}`);
    const login = await loginOf(server, "lamp-1");
    const elsewhere = { "x-forwarded-for": "203.0.113.7" };
    expect(await ask(server.httpPort, login, elsewhere)).toContain('"allow"');
    const files = readFileSync(join(folder, "connack.yaml"), "utf8");
    configure(files.replace("brokers: {", "brokers: { trustedProxies: [127.0.0.1],"));
    expect((await apply()).stdout).toContain("http.brokers.trustedProxies");
    expect(await ask(server.httpPort, login, elsewhere)).toContain('"deny"');
    expect(await ask(server.httpPort, login)).toContain('"deny"');
    const token = readFileSync(join(folder, "connack-data/broker-token"), "utf8").trim();
    expect(await ask(server.httpPort, login, { ...elsewhere, authorization: `Bearer ${token}` })).toContain('"allow"');
  });

  it("does not start with half of a certificate, and leaves no data folder behind", async () => {
    configure("http: { admin: { tls: { certificateFile: server.crt } } }\n");
    const result = await runConnack(["serve"], { cwd: folder });
    expect(result).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("`http.admin.tls.certificateFile` needs"),
    });
    configure("http: { admin: { tls: { certificateFile: server.crt, keyFile: server.key } } }\n");
    const missing = await runConnack(["serve"], { cwd: folder });
    expect(missing).toMatchObject({ code: 78, stderr: expect.stringContaining("the file server.crt does not exist") });
    expect(await runConnack(["status"], { cwd: folder })).toMatchObject({ code: 78 });
  });
});
