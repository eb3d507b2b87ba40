import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintJwt } from "../packages/credentials/src/mint/jwt.ts";
import {
  type RunningConnack,
  removeFolder,
  runConnack,
  startConnack,
  temporaryFolder,
} from "../packages/server/test/run-connack.ts";
import { buildHostDevice } from "./tests-in-the-loop/build-device.ts";
import { startConnectRecorder } from "./tests-in-the-loop/connect-recorder.ts";
import { startCredentialServer } from "./tests-in-the-loop/credential-server.ts";
import { claims, deviceResult, startHostDevice } from "./tests-in-the-loop/host-device.ts";
import { runDevice } from "./tests-in-the-loop/run-device.ts";

const secret = randomBytes(32).toString("hex");
const clientSecret = `${randomBytes(16).toString("base64")}:%+`;
const mac = "02:00:00:8e:a4:01";
const folder = temporaryFolder();
const strangers = temporaryFolder();
const ownTls = (file: string) => join(folder, "connack-data/tls", file);
const strangersTls = (file: string) => join(strangers, "connack-data/tls", file);
let program: string;
let server: RunningConnack;
let mqtts: string;

beforeAll(async () => {
  program = await buildHostDevice();
  const cli = async (cwd: string, ...args: string[]) =>
    expect(await runConnack(args, { cwd })).toMatchObject({ code: 0 });
  await cli(folder, "tls", "dev-ca");
  await cli(strangers, "tls", "dev-ca", "--host", "broker.example");
  const lines = ["certificateFile: connack-data/tls/server.crt", "keyFile: connack-data/tls/server.key"];
  writeFileSync(join(folder, "connack.yaml"), `brokers: { embedded: { tls: { ${lines.join(", ")} } } }\n`);
  server = await startConnack({
    folder,
    env: {
      CONNACK_CREDENTIALS_JWT_ISSUER: "loop",
      CONNACK_CREDENTIALS_JWT_AUDIENCE: "mqtt",
      CONNACK_CREDENTIALS_JWT_SECRET: secret,
    },
  });
  const ready = /^\{.*connack is ready.*$/m.exec(server.output().stdout)?.[0] ?? "{}";
  mqtts = new URL((JSON.parse(ready) as { mqtts: string }).mqtts).port;
  for (const id of ["fetching", "trusting", "logged", "keyed", "other"]) await server.json("device", "add", id);
  await server.json("key", "add", "--scheme", "xiaozhi-hmac");
  await server.json("key", "add", "--scheme", "jwt", "--per-device", "--id", "factory");
}, 300_000);
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
  removeFolder(strangers);
});

const token = (id: string, expiresIn: number) => {
  const iat = Math.floor(Date.now() / 1000);
  const all = { iss: "loop", aud: "mqtt", sub: id, iat, exp: iat + expiresIn, jti: randomUUID() };
  return mintJwt({ claims: all, algorithm: "HS256", key: Buffer.from(secret) });
};

describe.concurrent("the host device fetches its credentials", { timeout: 25_000 }, () => {
  it("tokens over https, MQTT over TLS: renewed before they end, none lost", async ({ onTestFinished }) => {
    const endpoint = await startCredentialServer(
      async (_asked, index) => {
        // The second question is answered later: the old connection goes on meanwhile.
        if (index === 1) return { status: 503, json: { error: "temporarily_unavailable" } };
        return { json: { access_token: await token("fetching", 30), expires_in: 30 }, isChunked: index % 2 === 0 };
      },
      { cert: readFileSync(ownTls("server.crt")), key: readFileSync(ownTls("server.key")) },
    );
    onTestFinished(endpoint.close);
    const device = await startHostDevice(
      ...(["fetching", Number(mqtts), clientSecret, "--host", "localhost", "--tls"] as const),
      ...["--ca-file", ownTls("ca.crt"), "--credential", "token-endpoint"],
      ...["--token-url", `https://localhost:${endpoint.port}/token`],
      ...["--refresh-every", "1", "--measure-every", "50", "--count", "120"],
    );
    expect(await device.ended(), device.lines().join("\n")).toBe(0);
    const end = deviceResult(device);
    expect(end).toMatchObject({ clientId: "fetching", delivered: 120, dropped: 0, lastConnack: 0 });
    expect(end.refreshes).toBeGreaterThanOrEqual(2);
    expect(end.connects).toBe(end.refreshes + 1);
    expect(endpoint.asked.length).toBe(end.connects + 1);
    const pair = [Buffer.from("fetching"), Buffer.from(encodeURIComponent(clientSecret))].join(":");
    for (const { method, url, headers, body } of endpoint.asked) {
      expect([method, url, body]).toEqual(["POST", "/token", "grant_type=client_credentials"]);
      expect(headers.authorization).toBe(`Basic ${Buffer.from(pair).toString("base64")}`);
    }
    const problem = device.lines().find((line) => line.startsWith("MQTT no new credentials"));
    expect(problem).toMatch(/^MQTT no new credentials: token endpoint: HTTP 503 of the token endpoint, temp[a-z_]+ /);
    expect(device.lines().join("\n")).not.toContain(clientSecret);
  });

  it("a refused token is not asked for again at once, and the reason is told", async ({ onTestFinished }) => {
    const endpoint = await startCredentialServer(() => ({ status: 401, json: { error: "invalid_client" } }));
    onTestFinished(endpoint.close);
    const args = ["--credential", "token-endpoint", "--token-url", `http://localhost:${endpoint.port}/token`];
    const device = await startHostDevice(
      "fetching-in-vain",
      server.mqttPort,
      clientSecret,
      ...args,
      "--allow-insecure",
    );
    expect(await device.line(/^MQTT no credentials/)).toContain("HTTP 401 of the token endpoint, invalid_client");
    await device.stop();
    expect(endpoint.asked).toHaveLength(1);
    const plain = await startHostDevice("plain", server.mqttPort, clientSecret, ...args);
    expect(await plain.line(/^MQTT no credentials/)).toContain("the token endpoint has to be https:");
    await plain.stop();
    expect(endpoint.asked).toHaveLength(1);
  });

  it("a CA that is not trusted, and a certificate for another name: no connection, no password", async ({
    onTestFinished,
  }) => {
    const endpoint = await startCredentialServer(
      async () => ({ json: { access_token: await token("trusting", 60) } }),
      {
        cert: readFileSync(strangersTls("server.crt")),
        key: readFileSync(strangersTls("server.key")),
      },
    );
    onTestFinished(endpoint.close);
    const tls = ["--host", "localhost", "--tls", "--ca-file"];
    const wrongCa = await startHostDevice("trusting", Number(mqtts), secret, ...tls, strangersTls("ca.crt"), ...claims);
    expect(await wrongCa.line(/^MQTT unreachable/)).toContain(`MQTT unreachable: localhost:${mqtts} (error -9984) `);
    await wrongCa.stop();
    const fetching = ["--credential", "token-endpoint", "--token-url", `https://127.1:${endpoint.port}/token`];
    const wrongName = await startHostDevice(
      ...(["trusting", Number(mqtts), secret, ...tls, strangersTls("ca.crt"), ...fetching] as const),
    );
    expect(await wrongName.line(/^MQTT no credentials/)).toContain("cannot be reached (error -9984)");
    await wrongName.stop();
    expect(endpoint.asked).toEqual([]);
    const noCa = await startHostDevice("trusting", Number(mqtts), secret, "--tls", ...claims);
    expect(await noCa.ended()).toBe(78);
    expect(noCa.lines()).toEqual(["--ca-file: it is needed for TLS, and has to hold certificates in PEM"]);
    const right = await startHostDevice(
      ...(["trusting", Number(mqtts), secret, ...tls, ownTls("ca.crt"), ...claims] as const),
      ...["--count", "3", "--measure-every", "20"],
    );
    expect(await right.ended(), right.lines().join("\n")).toBe(0);
  });

  it("a xiaozhi check-in names the broker; a refused password is asked for anew", async ({ onTestFinished }) => {
    const { clientId, username, password } = await server.json<{
      clientId: string;
      username: string;
      password: string;
    }>(...["credential", "issue", mac, "--scheme", "xiaozhi-hmac", "--add"]);
    const wrong = `${password.startsWith("x") ? "y" : "x"}${password.slice(1)}`;
    const uuid = randomUUID();
    const recorder = await startConnectRecorder(() => server.mqttPort);
    const ota = await startCredentialServer((_asked, index) => ({
      json: {
        server_time: { timestamp: Date.now(), timezone_offset: 0 },
        firmware: { version: "1.0.0", url: "" },
        mqtt: {
          endpoint: `localhost:${recorder.port}`,
          ...{ client_id: clientId, username, password: index === 0 ? wrong : password },
          publish_topic: "device-server",
          subscribe_topic: "null",
        },
      },
      isChunked: index === 1,
    }));
    onTestFinished(async () => {
      await ota.close();
      await recorder.close();
    });
    const device = runDevice(
      program,
      [
        // Nobody listens there: the answer says where the broker is.
        ...["--device-id", mac, "--port", "1", "--credential", "check-in", "--allow-insecure"],
        ...["--check-in-url", `http://localhost:${ota.port}/xiaozhi/ota/`, "--mac", mac, "--uuid", uuid],
        ...["--topic", "device-server", "--qos", "0", "--count", "3", "--measure-every", "20", "--most-wait", "2000"],
      ],
      {},
    );
    expect(await device.ended(), device.lines().join("\n")).toBe(0);
    expect(deviceResult(device)).toMatchObject({ clientId, delivered: 3, lastConnack: 0 });
    expect(recorder.answers.at(-1)).toBe(0);
    expect(recorder.answers.slice(0, -1)).toEqual([expect.any(Number)]);
    expect(ota.asked).toHaveLength(2);
    const [{ method, url, headers, body }] = ota.asked as [(typeof ota.asked)[number]];
    expect([method, url, headers["device-id"], headers["client-id"]]).toEqual(["POST", "/xiaozhi/ota/", mac, uuid]);
    expect(JSON.parse(body)).toMatchObject({ version: 2, mac_address: mac, uuid, board: { mac } });
    expect(device.lines().join("\n")).not.toContain(password);
  });

  it("the key of one device, derived from the group's: good for that device alone", async () => {
    const { key, keyId } = await server.json<{ key: string; keyId: string }>("key", "derive", "keyed");
    const args = ["--credential", "device-key", "--kid", keyId, ...claims, "--count", "3", "--measure-every", "20"];
    const device = await startHostDevice("keyed", server.mqttPort, key, ...args);
    expect(await device.ended(), device.lines().join("\n")).toBe(0);
    expect(deviceResult(device)).toMatchObject({ clientId: "keyed", delivered: 3 });
    const other = await startHostDevice("other", server.mqttPort, key, ...args);
    expect(await other.line(/^MQTT (refused|connected)/)).toContain("MQTT refused: 4 (bad user name or password)");
    await other.stop();
  });

  it("the last eight failures outlive a kill, and are published after the first success", async ({
    onTestFinished,
  }) => {
    const log = join(folder, "failures");
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const args = ["--failure-log", log, "--least-wait", "1", "--most-wait", "20", ...claims];
    const fails = async (id: string, at: number, given: string, pattern: RegExp, count: number) => {
      const device = await startHostDevice(id, at, given, ...args);
      await device.line(pattern);
      for (;;) {
        if (device.lines().filter((line) => pattern.test(line)).length >= count) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      // No goodbye: what is not in the file by now is gone.
      await device.kill();
    };
    await fails("logged", port, secret, /^MQTT unreachable/, 9);
    await fails("logged", server.mqttPort, randomBytes(32).toString("hex"), /^MQTT refused: 4/, 1);
    const recorder = await startConnectRecorder(() => server.mqttPort);
    onTestFinished(recorder.close);
    const few = [...args, "--count", "3", "--measure-every", "20"];
    const device = await startHostDevice("logged", recorder.port, secret, ...few);
    expect(await device.ended(), device.lines().join("\n")).toBe(0);
    const told = JSON.parse(recorder.published.get("devices/logged/failures") ?? "[]") as {
      kind: string;
      code: number;
    }[];
    expect(told).toHaveLength(8);
    expect(told.at(-1)).toMatchObject({ kind: "refused", code: 4 });
    expect(told.slice(0, -1).map(({ kind }) => kind)).toContain("unreachable");
    recorder.published.clear();
    const again = await startHostDevice("logged", recorder.port, secret, ...few);
    expect(await again.ended()).toBe(0);
    expect(recorder.published.has("devices/logged/failures"), "told once").toBe(false);
  });
});
