import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./run-command.ts";
import {
  type RunningConnack,
  type RunResult,
  removeFolder,
  run,
  runConnack,
  startConnack,
  temporaryFolder,
} from "./run-connack.ts";
import { closedPort, connack, type Peer, startFakeBroker, startMosquitto } from "./try-peers.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));

let server: RunningConnack;
let elsewhere: string;
let service: { username: string; password: string };
const outputs: string[] = [];
const clients = new Set<MqttClient>();
const started = new Set<ChildProcess>();

beforeAll(async () => {
  elsewhere = temporaryFolder();
  server = await startConnack();
  for (const id of ["sensor-1", "sensor-2", "sensor-3"]) await server.json("device", "add", id, "--scheme", "jwt");
  service = await server.json("service", "add", "dash", "--profile", "dashboard");
});
afterEach(async () => {
  for (const child of started) child.kill("SIGKILL");
  for (const client of clients) await client.endAsync(true);
  started.clear();
  clients.clear();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
  removeFolder(elsewhere);
});

const url = () => `mqtt://127.0.0.1:${server.mqttPort}`;

async function sensor(cwd: string, ...args: string[]): Promise<RunResult> {
  const result = await runCommand(["sensor", ...args], { cwd });
  outputs.push(result.stdout + result.stderr);
  return result;
}

interface Seen {
  topic: string;
  value: Record<string, unknown>;
  retain: boolean;
}

/** What somebody else receives of a device. */
async function watchDevice(id: string): Promise<Seen[]> {
  const { username, password } = service;
  const client = await mqtt.connectAsync(url(), { clientId: `dash-${id}`, username, password, reconnectPeriod: 0 });
  clients.add(client);
  const seen: Seen[] = [];
  client.on("message", (topic, payload, { retain }) => {
    seen.push({ topic, value: JSON.parse(payload.toString()), retain });
  });
  await client.subscribeAsync(`devices/${id}/#`, { qos: 1 });
  return seen;
}

interface Line {
  event: string;
  [name: string]: unknown;
}
const linesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

describe("at the embedded broker", () => {
  it("publishes samples and its state, and refreshes its credential without a last will", async () => {
    const seen = await watchDevice("sensor-1");
    const words = ["--every", "1s", "--count", "6", "--expires-in", "4s", "--json"];
    const result = await sensor(server.folder, url(), "--device", "sensor-1", ...words);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    const lines = linesOf(result.stdout);
    const samples = lines.filter(({ event }) => event === "sample");
    expect(samples).toHaveLength(6);
    expect(samples.at(-1)).toMatchObject({ unit: "celsius", status: { state: "connected", clientId: "sensor-1" } });
    expect((samples.at(-1) as unknown as { status: { refreshes: number } }).status.refreshes).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatchObject({ event: "ended", samples: 6, acknowledged: 6, failed: 0 });
    expect(lines.filter(({ event }) => event === "problem")).toEqual([]);
    await expect.poll(() => seen.at(-1)?.value["status"]).toBe("offline");
    const readings = seen.filter(({ topic }) => topic === "devices/sensor-1/sensors/temperature");
    expect(readings).toHaveLength(6);
    const { temperature, simulated } = samples[0] as unknown as { temperature: number; simulated: boolean };
    expect(readings[0]?.value).toMatchObject({ device_id: "sensor-1", temperature, unit: "celsius" });
    expect(readings[0]?.value["simulated"]).toBe(simulated ? true : undefined);
    // One coming and one going, though it connected several times; a last will has no time.
    const states = seen.filter(({ topic }) => topic === "devices/sensor-1/status").map(({ value }) => value);
    expect(states).toEqual([
      { device_id: "sensor-1", status: "online", timestamp: expect.any(Number) },
      { device_id: "sensor-1", status: "offline", timestamp: expect.any(Number) },
    ]);
    const issued = await server.json<{ rows: { kind: string; text: string; count: number }[] }>(
      ...["device", "timeline", "sensor-1"],
    );
    const made = issued.rows.filter(({ text }) => text.includes("credential issued"));
    expect(made.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(1);
  });

  it("a shared secret: tokens made here, lines within 80 columns, jq reads --json", async () => {
    const { secret } = JSON.parse(readFileSync(join(server.folder, "connack-data/keys/jwt-1.json"), "utf8"));
    const file = join(elsewhere, "secret");
    writeFileSync(file, secret, { mode: 0o600 });
    const words = [url(), "--device", "sensor-2", "--jwt-secret-file", file, "--every", "1s", "--count", "2"];
    const text = await sensor(server.folder, ...words);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^\d\d:\d\d:\d\d {2}connected: .*°C.*, 1 acknowledged, queue 0/m);
    expect(text.stdout).toContain("ended after 2 samples: 2 acknowledged");
    expect(text.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const json = await sensor(server.folder, ...words, "--mqtt", "5", "--json");
    const jq = await run("jq", ["-r", 'select(.event == "sample") | .status.state'], { stdin: json.stdout });
    expect([jq.code, jq.stdout]).toEqual([0, "connected\nconnected\n"]);
    for (const output of outputs) expect(output.includes(secret)).toBe(false);
  });

  it("Ctrl-C: says that it goes, and ends with 0", async () => {
    const seen = await watchDevice("sensor-3");
    const { PATH = "", HOME = "" } = process.env;
    const words = ["sensor", url(), "--device", "sensor-3", "--every", "1h", "--topic", "devices/sensor-3/lab"];
    const child = spawn(process.execPath, [entry, ...words], { cwd: server.folder, env: { PATH, HOME } });
    started.add(child);
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const ended = once(child, "close");
    await expect.poll(() => stdout, { timeout: 20_000 }).toContain("1 acknowledged");
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(0);
    expect(stdout).toMatch(/ended after 1 sample: 1 acknowledged\n$/);
    await expect
      .poll(() => seen.at(-1)?.value)
      .toEqual({
        device_id: "sensor-3",
        status: "offline",
        timestamp: expect.any(Number),
      });
    expect(seen.map(({ topic }) => topic)).toContain("devices/sensor-3/lab/sensors/temperature");
  });

  it("killed, the broker publishes its last will", async () => {
    const seen = await watchDevice("sensor-3");
    const { PATH = "", HOME = "" } = process.env;
    const words = ["sensor", url(), "--device", "sensor-3", "--every", "1h"];
    const child = spawn(process.execPath, [entry, ...words], { cwd: server.folder, env: { PATH, HOME } });
    started.add(child);
    await expect.poll(() => seen.some(({ value }) => value["unit"] === "celsius"), { timeout: 20_000 }).toBe(true);
    child.kill("SIGKILL");
    await expect
      .poll(() => seen.at(-1)?.value, { timeout: 20_000 })
      .toEqual({ device_id: "sensor-3", status: "offline" });
  });
});

describe("what does not work", () => {
  let peer: Peer | undefined;
  let file: string;
  const secret = randomBytes(12).toString("hex");
  beforeAll(() => {
    file = join(elsewhere, "password");
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  });
  afterEach(async () => {
    await peer?.stop();
    peer = undefined;
  });
  const login = () => ["--client-id", "pi", "--username", "pi", "--password-file", file];
  const short = ["--count", "1", "--every", "1s", "--timeout", "2s"];

  it("a wrong password at Mosquitto: a sentence with a fix, and 1", async () => {
    peer = await startMosquitto(elsewhere, "pi", randomBytes(12).toString("hex"));
    const result = await sensor(elsewhere, `mqtt://127.0.0.1:${peer.port}`, ...login(), ...short);
    expect(result.code).toBe(1);
    const text = result.stdout.replace(/\s+/g, " ");
    expect(text).toMatch(/The broker refused the connection: 5 \(not authorized\)\./);
    expect(text).toMatch(/ Fix: compare client id, .* The same credential is tried again; connack try says more/);
    expect(result.stdout).toContain("ended after 1 sample: 0 acknowledged, 1 not");
  });

  it("works at Mosquitto with the right one", async () => {
    peer = await startMosquitto(elsewhere, "pi", secret);
    const result = await sensor(elsewhere, `mqtt://127.0.0.1:${peer.port}`, ...login(), ...short, "--mqtt", "5");
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining("1 sample: 1 acknowledged\n")]);
  });

  it("a dead broker and a silent one: 69", async () => {
    const dead = await sensor(elsewhere, `mqtt://127.0.0.1:${await closedPort()}`, ...login(), ...short);
    expect([dead.code, dead.stdout]).toEqual([69, expect.stringContaining("cannot be reached")]);
    peer = await startFakeBroker();
    const silent = await sensor(elsewhere, `mqtt://127.0.0.1:${peer.port}`, ...login(), ...short);
    expect([silent.code, silent.stdout]).toEqual([69, expect.stringContaining("cannot be reached")]);
  });

  it("a broker that is busy is no refusal of the credential", async () => {
    peer = await startFakeBroker(connack(3));
    const words = [`mqtt://127.0.0.1:${peer.port}`, ...login(), ...short, "--json"];
    const result = await sensor(elsewhere, ...words);
    const problems = linesOf(result.stdout).filter(({ event }) => event === "problem");
    expect(problems[0]).toMatchObject({ kind: "refused", code: 3, sentence: expect.stringContaining("unavailable") });
    expect(result.code).toBe(1);
  });

  it.each([
    [[], /nothing to connect with/],
    [["--device", "d", "--every", "0"], /--every/],
    [["--device", "d", "--count", "0"], /--count/],
  ])("%j is refused with what to do", async (words, message) => {
    const result = await sensor(elsewhere, url(), ...words);
    expect([result.code, result.stdout, result.stderr]).toEqual([2, "", expect.stringMatching(message)]);
  });

  it("a credential that cannot be made ends it before it begins", async () => {
    const result = await sensor(elsewhere, url(), "--device", "d");
    expect([result.code, result.stdout, result.stderr]).toEqual([78, "", expect.stringContaining("no data folder")]);
  });

  it("--help has an example, and nothing it printed holds a password or a token", async () => {
    const { stdout, code } = await runConnack(["sensor", "--help"], { cwd: elsewhere });
    expect([code, stdout]).toEqual([0, expect.stringContaining("\nExample:\n  connack sensor mqtt://")]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(outputs.length).toBeGreaterThan(10);
    for (const output of outputs) {
      expect(output).not.toMatch(/eyJ[\w-]+\./);
      expect(output.includes(secret)).toBe(false);
    }
  });
});
