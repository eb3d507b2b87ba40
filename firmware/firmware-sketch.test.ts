import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type RunningConnack,
  removeFolder,
  startConnack,
  temporaryFolder,
} from "../packages/server/test/run-connack.ts";
import { buildSketch, type SketchConfig, writeSketchConfig } from "./tests-in-the-loop/build-device.ts";
import { startConnectRecorder } from "./tests-in-the-loop/connect-recorder.ts";
import { startCredentialServer } from "./tests-in-the-loop/credential-server.ts";
import { type RunningDevice, runDevice } from "./tests-in-the-loop/run-device.ts";
import { readSequence } from "./tests-in-the-loop/sequence-reader.ts";
import { waitUntil } from "./tests-in-the-loop/wait-until.ts";

/**
 * The sketch as it goes onto the board, on the shim, with everything happening to it that happens to boards. Times of the
 * trial are milliseconds from its start.
 */
const trial = {
  CONNACK_SHIM_SNTP_AFTER_MS: "1500",
  CONNACK_SHIM_WIFI_DROP_AT_MS: "6000",
  CONNACK_SHIM_WIFI_DROP_FOR_MS: "500",
  // Wraps after 4 s.
  CONNACK_SHIM_MILLIS_START: String(2 ** 32 - 4000),
};
const folder = temporaryFolder();
const secret = randomBytes(32).toString("hex");
let server: RunningConnack;

const board = (mqttPort: number): SketchConfig => ({
  WIFI_SSID: "loop",
  WIFI_PASSWORD: "",
  MQTT_HOST: "127.0.0.1",
  MQTT_PORT: mqttPort,
  MQTT_TLS: 0,
  TOKEN_ISSUER: "esp32-sensor",
  TOKEN_AUDIENCE: "emqx",
  // Renewed at half of it.
  TOKEN_LIFETIME_SECONDS: 4,
  MEASURE_EVERY_MS: 200,
});

/** Builds the sketch for a board of its own. */
async function build(name: string, config: SketchConfig): Promise<string> {
  const own = join(folder, name);
  writeSketchConfig(own, config);
  return buildSketch(own);
}

/** What a person reads on the serial line, with what differs from run to run left out. */
const serial = (device: RunningDevice) =>
  device
    .lines()
    .filter((line) => /^MQTT (?!without TLS)/.test(line))
    .map((line) => line.replace(/ wifi=.*/, ""));

beforeAll(async () => {
  server = await startConnack({
    folder,
    env: { CONNACK_CREDENTIALS_JWT_ISSUER: "esp32-sensor", CONNACK_CREDENTIALS_JWT_AUDIENCE: "emqx" },
  });
  const file = join(folder, "secret");
  writeFileSync(file, secret, { mode: 0o600 });
  await server.json("key", "add", "--scheme", "jwt", "--file", file);
  for (const id of ["sensor_8EA40C", "sensor_8EA40D", "sensor_8EA40E"]) await server.json("device", "add", id);
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

describe.concurrent("the sketch in the loop", { timeout: 300_000 }, () => {
  it("late SNTP, a lost network, a wrap of millis() and five refreshes: every message is acknowledged", async ({
    onTestFinished,
  }) => {
    const recorder = await startConnectRecorder(() => server.mqttPort);
    const login = await server.json<{ clientId: string; username: string; password: string }>(
      ...["service", "add", "reader", "--profile", "dashboard"],
    );
    const reader = await readSequence(server.mqttPort, login, {
      messages: "devices/sensor_8EA40C/temperature",
      will: "devices/sensor_8EA40C/status",
    });
    onTestFinished(async () => {
      await reader.close();
      await recorder.close();
    });
    const program = await build("trial", {
      ...board(recorder.port),
      CREDENTIAL: { name: "CREDENTIAL_SHARED_SECRET" },
      CREDENTIAL_SECRET: secret,
    });
    const device = runDevice(program, [], { ...trial, CONNACK_SHIM_MAC: "0200008EA40C" });
    const refreshes = () => device.lines().filter((line) => line === "refreshing").length;
    const said = () => device.lines().join("\n");
    await waitUntil(() => refreshes() >= 5 && device.lines().at(-1)?.startsWith("MQTT connected") === true, said);
    await waitUntil(() => recorder.unanswered() === 0, said);
    const acknowledged = [...recorder.acknowledged].sort((a, b) => a - b);
    // One more follows when it stops: a board knows no goodbye but a refresh.
    const { wills } = reader;
    await device.stop();

    expect(acknowledged, "none is missing").toEqual(acknowledged.map((_, at) => at + 1));
    expect(acknowledged.length).toBeGreaterThan(40);
    await reader.hasAll(acknowledged.length);
    expect(device.lines().slice(0, 5)).toEqual([
      "MQTT without TLS: anyone on the network can read the token.",
      "Device sensor_8EA40C",
      expect.stringContaining("whoever reads it out of one can be any of them"),
      "waiting for the clock",
      "getting credentials",
    ]);
    // A planned refresh is no failure: it connects at the first attempt.
    expect(serial(device).filter((line) => !line.startsWith("MQTT connected"))).toEqual([
      "MQTT lost: closed by the broker or the network",
    ]);
    expect(device.lines().find((line) => line.startsWith("MQTT lost"))).toMatch(/ wifi=down heap=212345 time=/);
    expect(recorder.published.get("devices/sensor_8EA40C/status")).toBe("online");
    expect(JSON.parse(recorder.published.get("devices/sensor_8EA40C/failures") ?? "")).toEqual([
      { at: expect.any(Number), uptime_ms: expect.any(Number), kind: "connection_lost", attempt: 1 },
    ]);
    expect(new Set(recorder.answers), "never refused").toEqual(new Set([0]));
    expect(new Set(recorder.connects.map(({ clientId }) => clientId))).toEqual(new Set(["sensor_8EA40C"]));
    // The broker was not told of the drop, and publishes the will when the device is back; never at a refresh.
    expect(wills).toBe(1);
    expect(said()).not.toContain(secret);
    // What docs/firmware.md shows is what a board says, but for numbers.
    const shape = (line: string) => line.replace(/\d+/g, "0");
    const documentation = readFileSync(new URL("../docs/firmware.md", import.meta.url), "utf8");
    const [, shown] = /compared with a run by[^\n]*\n```\n([\s\S]*?)```/.exec(documentation) ?? [];
    const lines = new Set(device.lines().map(shape));
    expect(
      shown
        ?.trim()
        .split("\n")
        .map(shape)
        .filter((line) => !lines.has(line)),
    ).toEqual([]);
  });

  it("a key pair of the board's own: printed, registered, and the same after a restart", async () => {
    const program = await build("pair", {
      ...board(server.mqttPort),
      CREDENTIAL: { name: "CREDENTIAL_KEY_PAIR" },
    });
    const nvs = join(folder, "nvs");
    mkdirSync(nvs, { mode: 0o700 });
    const env = { CONNACK_SHIM_STORAGE: nvs, CONNACK_SHIM_MAC: "0200008EA40D" };
    const publicKey = (device: RunningDevice) =>
      `${/-----BEGIN PUBLIC KEY-----[\s\S]*-----END PUBLIC KEY-----/.exec(device.lines().join("\n"))?.[0]}\n`;
    const first = runDevice(program, [], env);
    expect(await first.line(/^MQTT refused/)).toMatch(
      /^MQTT refused: 4 \(bad user name or password\) wifi=up rssi=-61 /,
    );
    const file = join(folder, "board.pem");
    writeFileSync(file, publicKey(first));
    await server.json("key", "add", "--scheme", "jwt", "--algorithm", "ES256", "--file", file, "--id", "board");
    await first.line(/^MQTT connected/);
    await first.stop();
    const again = runDevice(program, [], env);
    await again.line(/^MQTT connected .* attempt=1$/);
    await again.stop();
    expect(publicKey(again)).toBe(readFileSync(file, "utf8"));
  });

  it("a command of the broker is printed, and an issued password is used as it is", async () => {
    const { clientId, username, password } = await server.json<{
      clientId: string;
      username: string;
      password: string;
    }>(...["credential", "issue", "sensor_8EA40E"]);
    const program = await build("issued", {
      ...board(server.mqttPort),
      CREDENTIAL: { name: "CREDENTIAL_ISSUED" },
      ISSUED_CLIENT_ID: clientId,
      ISSUED_USERNAME: username,
      ISSUED_PASSWORD: password,
    });
    const device = runDevice(program, [], { CONNACK_SHIM_MAC: "0200008EA40E" });
    await device.line(/^MQTT connected/);
    await waitUntil(
      async () => {
        await server.json("pub", "devices/sensor_8EA40E/commands/led", "on");
        return device.lines().includes("Command devices/sensor_8EA40E/commands/led: on");
      },
      () => device.lines().join("\n"),
    );
    await device.stop();
    expect(device.lines().join("\n")).not.toContain(password);
  });
});

// After them: four compilers at once would take the time of the one that has to be on time.
describe("the sketch with credentials from elsewhere", { timeout: 300_000 }, () => {
  it("tokens of an endpoint: fetched beside the connection, renewed before they end", async ({ onTestFinished }) => {
    const id = "sensor_8EA40E";
    const endpoint = await startCredentialServer(async () => {
      const issued = await server.json<{ password: string }>("credential", "issue", id);
      return { json: { access_token: issued.password, expires_in: 6 }, isChunked: true };
    });
    onTestFinished(endpoint.close);
    const program = await build("fetching", {
      ...board(server.mqttPort),
      CREDENTIAL: { name: "CREDENTIAL_TOKEN_ENDPOINT" },
      TOKEN_URL: `http://127.0.0.1:${endpoint.port}/token`,
      CREDENTIAL_SECRET: secret,
    });
    const device = runDevice(program, [], { CONNACK_SHIM_MAC: "0200008EA40E" });
    await waitUntil(
      () => serial(device).filter((line) => line === "MQTT connected").length > 1,
      () => device.lines().join("\n"),
    );
    await device.stop();
    expect(new Set(serial(device))).toEqual(new Set(["MQTT connected"]));
    expect(device.lines()).toContain("refreshing");
    const basic = Buffer.from(`${id}:${secret}`).toString("base64");
    expect(endpoint.asked[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(device.lines().join("\n")).not.toContain(secret);
  });

  it("a xiaozhi check-in names broker and topic; the UUID outlives a restart", async ({ onTestFinished }) => {
    const mac = "02:00:00:8e:a4:0f";
    await server.json("key", "add", "--scheme", "xiaozhi-hmac");
    const { clientId, username, password } = await server.json<{
      clientId: string;
      username: string;
      password: string;
    }>(...["credential", "issue", mac, "--scheme", "xiaozhi-hmac", "--add"]);
    const mqtt = { endpoint: `127.0.0.1:${server.mqttPort}`, client_id: clientId, username };
    const topics = { publish_topic: "device-server", subscribe_topic: "null" };
    const wrong = `${password.startsWith("x") ? "y" : "x"}${password.slice(1)}`;
    // The first password is wrong: it asks again.
    const ota = await startCredentialServer((_asked, index) => ({
      json: { mqtt: { ...mqtt, ...topics, password: index === 0 ? wrong : password } },
    }));
    const login = await server.json<{ clientId: string; username: string; password: string }>(
      ...["service", "add", "gateway", "--profile", "gateway"],
    );
    const reader = await readSequence(server.mqttPort, login, {
      messages: "device-server",
      will: "internal/server-ingest",
    });
    onTestFinished(async () => {
      await reader.close();
      await ota.close();
    });
    const nvs = join(folder, "nvs-of-check-in");
    mkdirSync(nvs, { mode: 0o700 });
    const program = await build("checking-in", {
      ...board(server.mqttPort),
      ...{ MQTT_HOST: "", MQTT_PORT: 1, CREDENTIAL: { name: "CREDENTIAL_CHECK_IN" } },
      CHECK_IN_URL: `http://127.0.0.1:${ota.port}/xiaozhi/ota/`,
    });
    const env = { CONNACK_SHIM_MAC: "0200008EA40F", CONNACK_SHIM_STORAGE: nvs };
    const first = runDevice(program, [], env);
    await reader.hasAll(3);
    await waitUntil(
      async () => {
        await server.json("pub", `devices/p2p/${mac.replaceAll(":", "_")}`, "listen");
        return first.lines().some((line) => line.startsWith("Command devices/p2p/") && line.endsWith(": listen"));
      },
      () => first.lines().join("\n"),
    );
    await first.stop();
    expect(first.lines()).toContain(`Device ${mac}`);
    expect(serial(first)).toEqual(["MQTT refused: 4 (bad user name or password)", "MQTT connected"]);
    const again = runDevice(program, [], env);
    await again.line(/^MQTT connected/);
    await again.stop();
    expect(ota.asked).toHaveLength(3);
    const [uuid] = new Set(ota.asked.map(({ headers }) => headers["client-id"]));
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const { headers, body } of ota.asked) {
      expect([headers["device-id"], headers["client-id"]]).toEqual([mac, uuid]);
      expect(JSON.parse(body)).toMatchObject({ mac_address: mac, uuid });
    }
    expect(first.lines().join("\n")).not.toContain(password);
  });
});
