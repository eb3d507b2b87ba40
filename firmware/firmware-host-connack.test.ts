import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceTimeline } from "../packages/server/src/operations/device-timeline.ts";
import {
  type RunningConnack,
  removeFolder,
  startConnack,
  temporaryFolder,
} from "../packages/server/test/run-connack.ts";
import { buildHostDevice } from "./tests-in-the-loop/build-device.ts";
import { startConnectRecorder } from "./tests-in-the-loop/connect-recorder.ts";
import {
  claims,
  deviceResult,
  deviceTopic,
  killAndReturn,
  refreshes,
  refreshOften,
  reportFacts,
  startHostDevice,
} from "./tests-in-the-loop/host-device.ts";
import { runDevice } from "./tests-in-the-loop/run-device.ts";
import { readSequence } from "./tests-in-the-loop/sequence-reader.ts";
import { waitUntil } from "./tests-in-the-loop/wait-until.ts";

const secret = randomBytes(32).toString("hex");
const folder = temporaryFolder();
const env = {
  CONNACK_CREDENTIALS_JWT_ISSUER: "loop",
  CONNACK_CREDENTIALS_JWT_AUDIENCE: "mqtt",
  CONNACK_CREDENTIALS_JWT_LEEWAY: "1s",
};
const devices = ["right", "often", "spoiled", "pair", "wrong-secret", "expired", "early", "wrong-issuer"];
let program: string;
let server: RunningConnack;

/** A service that takes the tokens of these devices. */
async function startService(own: string, ids: readonly string[]): Promise<RunningConnack> {
  const started = await startConnack({ folder: own, env });
  const file = join(own, "secret");
  writeFileSync(file, secret, { mode: 0o600 });
  await started.json("key", "add", "--scheme", "jwt", "--file", file);
  for (const id of ids) await started.json("device", "add", id);
  return started;
}

async function read(id: string) {
  const login = await server.json<{ clientId: string; username: string; password: string }>(
    ...["service", "add", `reader-${id}`, "--profile", "dashboard"],
  );
  return readSequence(server.mqttPort, login, {
    messages: deviceTopic(id, "telemetry"),
    will: deviceTopic(id, "gone"),
  });
}

beforeAll(async () => {
  program = await buildHostDevice();
  server = await startService(folder, devices);
}, 300_000);
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

describe.concurrent("the host device against Connack", { timeout: 120_000 }, () => {
  it("a right credential: connected, and every message acknowledged", async ({ onTestFinished }) => {
    const reader = await read("right");
    onTestFinished(reader.close);
    const few = ["--count", "5", "--measure-every", "20", ...claims];
    const device = await startHostDevice("right", server.mqttPort, secret, ...few);
    expect(await device.ended()).toBe(0);
    expect(device.lines().find((line) => line.startsWith("MQTT"))).toMatch(
      new RegExp(`^MQTT connected${reportFacts} token_exp_in=3600 queued=\\d attempt=1$`),
    );
    expect(deviceResult(device)).toMatchObject({ clientId: "right", delivered: 5, dropped: 0, connects: 1 });
    await reader.hasAll(5);
  });

  it.each([
    { id: "wrong-secret", reason: "bad_signature", given: randomBytes(32).toString("hex"), args: claims },
    { id: "expired", reason: "token_expired", given: secret, args: [...claims, "--clock-offset", "-7200"] },
    { id: "early", reason: "token_issued_in_future", given: secret, args: [...claims, "--clock-offset", "7200"] },
    { id: "wrong-issuer", reason: "wrong_issuer", given: secret, args: ["--issuer", "esp32", "--audience", "mqtt"] },
  ])("$id: the report says 4, the audit says $reason", async ({ id, reason, given, args }) => {
    const device = await startHostDevice(id, server.mqttPort, given, ...args);
    const line = await device.line(/^MQTT refused/);
    await device.stop();
    expect(line).toMatch(
      new RegExp(`^MQTT refused: 4 \\(bad user name or password\\)${reportFacts} queued=1 attempt=1 next_try=[12]s$`),
    );
    const audited = async () =>
      (await server.json<DeviceTimeline>("device", "timeline", id)).refusal?.reason === reason;
    await waitUntil(audited, () => `the audit does not say ${reason}`);
    expect(device.lines().join("\n")).not.toContain(given);
  });

  it(`${refreshes} refreshes with tokens of 10 s: none lost, none twice, no will, one client id`, async ({
    onTestFinished,
  }) => {
    const reader = await read("often");
    onTestFinished(reader.close);
    const { connects } = await refreshOften("often", server.mqttPort, reader, secret);
    // What the service has written down of this client id agrees.
    let rows: DeviceTimeline["rows"] = [];
    const sum = (kind: string, reason?: string) =>
      rows.reduce((all, row) => all + (row.kind === kind && row.reason === reason ? row.count : 0), 0);
    const isAudited = async () => {
      rows = (await server.json<DeviceTimeline>("device", "timeline", "often", "--limit", "1000")).rows;
      return sum("connected") === connects && sum("disconnected", "by_client") === connects;
    };
    await waitUntil(isAudited, () => `not ${connects} connections: ${JSON.stringify(rows, null, 1)}`, 15_000);
    const others = rows.filter(({ kind, reason }) => kind !== "changed" && (reason ?? "by_client") !== "by_client");
    expect(others).toEqual([]);
  });

  it("a token that is refused once: the next attempt has a new one", async ({ onTestFinished }) => {
    const recorder = await startConnectRecorder(() => server.mqttPort);
    onTestFinished(recorder.close);
    recorder.spoilNextPassword();
    const few = ["--count", "3", "--measure-every", "20", ...claims];
    const device = await startHostDevice("spoiled", recorder.port, secret, ...few);
    expect(await device.ended()).toBe(0);
    expect(recorder.answers).toEqual([4, 0]);
    expect(new Set(recorder.connects.map(({ passwordHash }) => passwordHash)).size).toBe(2);
    expect(deviceResult(device)).toMatchObject({ delivered: 3, connects: 1, lastConnack: 0 });
    expect(device.lines().filter((line) => /^MQTT /.test(line))).toEqual([
      expect.stringMatching(/^MQTT refused: 4 /),
      expect.stringMatching(/^MQTT connected .* attempt=2$/),
    ]);
  });

  it("a key pair of the device's own: made once, registered by its public half", async () => {
    const keys = join(folder, "pair");
    mkdirSync(keys, { mode: 0o700 });
    const pair = ["--credential", "key-pair", "--key-folder", keys, "--device-id", "pair"];
    const file = join(folder, "pair.pem");
    writeFileSync(file, execFileSync(program, [...pair, "--print-public-key"], { env: {} }));
    await server.json("key", "add", "--scheme", "jwt", "--algorithm", "ES256", "--file", file, "--id", "pair");
    const args = [...pair, "--kid", "pair", "--port", String(server.mqttPort), "--count", "3", "--measure-every", "20"];
    const device = runDevice(program, [...args, ...claims], {});
    expect(await device.ended()).toBe(0);
    expect(deviceResult(device)).toMatchObject({ delivered: 3, lastConnack: 0 });
  });

  it("without a secret, or with an option that is none, it does not start", async () => {
    const none = runDevice(program, ["--device-id", "none"], {});
    expect(await none.ended()).toBe(78);
    expect(none.lines()).toEqual(["No secret: --secret-file or CONNACK_DEVICE_SECRET is needed"]);
    const misspelt = runDevice(program, ["--device-id", "none", "--secret", "x"], {});
    expect(await misspelt.ended()).toBe(2);
    expect(misspelt.lines()).toEqual(["--secret is no option of connack-device-host; see --help"]);
  });

  it("the service is killed and comes back: every message is acknowledged in the end", async ({ onTestFinished }) => {
    const own = temporaryFolder();
    let service = await startService(own, ["killed"]);
    const recorder = await startConnectRecorder(() => service.mqttPort);
    onTestFinished(async () => {
      await recorder.close();
      await service.kill("SIGTERM");
      removeFolder(own);
    });
    await killAndReturn("killed", recorder, secret, {
      kill: () => service.kill("SIGKILL"),
      async back() {
        service = await startConnack({ folder: own, env });
      },
    });
  });
});
