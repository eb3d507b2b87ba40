import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Credential, realClients } from "./mqtt-clients.ts";
import { type RunningConnack, removeFolder, run, startConnack } from "./run-connack.ts";

const mac = "02:00:00:00:00:01";
const env = { CONNACK_CREDENTIALS_JWT_ISSUER: "esp32-sensor", CONNACK_CREDENTIALS_JWT_AUDIENCE: "emqx" };

let server: RunningConnack;
let jwt: Credential;
let hmac: Credential;
let jwtSecret: string;

const issue = (...args: string[]) => server.json<Credential & { command: string }>("credential", "issue", ...args);

beforeAll(async () => {
  server = await startConnack({ env });
  jwt = await issue("sensor-1", "--add");
  hmac = await issue(mac, "--scheme", "xiaozhi-hmac", "--add");
  jwtSecret = JSON.parse(readFileSync(join(server.folder, "connack-data/keys/jwt-1.json"), "utf8")).secret;
});

afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

function sign(claims: object, secret = jwtSecret): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

function claimsOf(sub: string, more: object = {}): object {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: "esp32-sensor", aud: "emqx", sub, iat, exp: iat + 3600, ...more };
}

const badCredentials = { 3: 4, 4: 4, 5: 0x86 } as const;
const notAuthorized = { 3: 5, 4: 5, 5: 0x87 } as const;

describe.each(realClients)("$name", ({ version, connect }) => {
  it("connects with an issued JWT and with an issued HMAC credential", async () => {
    expect(await connect(server.mqttPort, jwt)).toBe(0);
    // MQTT 3.1 knows client ids of at most 23 characters; a xiaozhi one is longer, and some clients keep to it.
    if (version !== 3) expect(await connect(server.mqttPort, hmac)).toBe(0);
  });

  it("is refused with bad user name or password: wrong key, tampered user name, expired, wrong issuer", async () => {
    const wrongKey = { ...jwt, password: sign(claimsOf("sensor-1"), randomBytes(32).toString("hex")) };
    expect(await connect(server.mqttPort, wrongKey)).toBe(badCredentials[version]);
    const expired = { ...jwt, password: sign(claimsOf("sensor-1", { exp: Math.floor(Date.now() / 1000) - 60 })) };
    expect(await connect(server.mqttPort, expired)).toBe(badCredentials[version]);
    const issuer = { ...jwt, password: sign(claimsOf("sensor-1", { iss: "esp32-device" })) };
    expect(await connect(server.mqttPort, issuer)).toBe(badCredentials[version]);
    if (version === 3) return;
    const username = Buffer.from(JSON.stringify({ ip: "127.0.0.1" })).toString("base64");
    expect(await connect(server.mqttPort, { ...hmac, username })).toBe(badCredentials[version]);
  });

  it("is refused with not authorized: another device's client id", async () => {
    const thief = { clientId: "sensor-1", username: "thief", password: sign(claimsOf("thief")) };
    expect(await connect(server.mqttPort, thief)).toBe(notAuthorized[version]);
  });

  it("is refused with not authorized: revoked, and moved to a stronger scheme", async () => {
    const revoked = await issue(`revoked-${version}`, "--add");
    expect(await connect(server.mqttPort, revoked)).toBe(0);
    await server.json("device", "revoke", `revoked-${version}`);
    expect(await connect(server.mqttPort, revoked)).toBe(notAuthorized[version]);
    const moved = await issue(`moved-${version}`, "--add");
    await server.json("device", "set", `moved-${version}`, "--scheme", "client-certificate");
    expect(await connect(server.mqttPort, moved)).toBe(notAuthorized[version]);
    await server.json("device", "remove", `revoked-${version}`);
    await server.json("device", "remove", `moved-${version}`);
    await server.json("device", "add", `moved-${version}`).catch(() => undefined);
  });
});

describe("what a connected device may do", () => {
  it("the printed mosquitto_pub line works as it is", async () => {
    const { command } = await issue("sensor-1");
    const result = await run("sh", ["-c", command]);
    expect(result.stdout).toContain("received CONNACK (0)");
    expect(result.stdout).toContain("received PUBACK");
  });

  it("a message under its own branch arrives, one under another's does not", async () => {
    const reader = await issue("sensor-2", "--add");
    const login = (credential: Credential) => [
      "-p",
      String(server.mqttPort),
      "-i",
      credential.clientId,
      "-u",
      credential.username,
      "-P",
      credential.password,
    ];
    const got = run("mosquitto_sub", [...login(reader), "-t", "devices/sensor-2/#", "-v", "-W", "3"]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await run("mosquitto_pub", [...login(jwt), "-q", "1", "-t", "devices/sensor-2/command", "-m", "foreign"]);
    const second = { ...reader, clientId: "sensor-2-b" };
    await run("mosquitto_pub", [...login(second), "-q", "1", "-t", "devices/sensor-2/command", "-m", "own"]);
    expect((await got).stdout).toBe("devices/sensor-2/command own\n");
  });

  it("a client id that the broker made up is not bound to the device", async () => {
    const { username, password } = await issue("nameless", "--add");
    const login = ["-p", String(server.mqttPort), "-u", username, "-P", password, "-V", "mqttv5"];
    const sent = await run("mosquitto_pub", [...login, "-d", "-q", "1", "-t", "devices/nameless/t", "-m", "x"]);
    expect(sent.stdout).toContain("received CONNACK (0)");
    await expect
      .poll(() => server.json("device", "show", "nameless"), { timeout: 20_000 })
      .toHaveProperty("lastSeenAt");
    expect(await server.json("device", "show", "nameless")).toMatchObject({ clientIds: [] });
  });

  it("revoking cuts the connection", async () => {
    const doomed = await issue("doomed", "--add");
    const login = ["-p", String(server.mqttPort), "-i", "doomed", "-u", doomed.username, "-P", doomed.password];
    const child = run("mosquitto_sub", [...login, "-V", "mqttv5", "-d", "-t", "devices/doomed/#", "-W", "20"]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await server.json("device", "revoke", "doomed");
    const result = await child;
    expect(result.stdout).toContain("Received DISCONNECT (152)");
  });
});
