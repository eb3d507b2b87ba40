import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeFolder, temporaryFolder } from "../packages/server/test/run-connack.ts";
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
import { type RestartableMosquitto, restartableMosquitto } from "./tests-in-the-loop/restartable-mosquitto.ts";
import { readSequence } from "./tests-in-the-loop/sequence-reader.ts";

const folder = temporaryFolder();
const [secret, password] = [randomBytes(32).toString("hex"), randomBytes(16).toString("hex")];
const brokers: RestartableMosquitto[] = [];

async function startMosquitto(name: string, users?: Record<string, string>): Promise<RestartableMosquitto> {
  const own = join(folder, name);
  mkdirSync(own, { mode: 0o700 });
  const broker = await restartableMosquitto(own, users);
  brokers.push(broker);
  await broker.start();
  return broker;
}

beforeAll(async () => {
  await buildHostDevice();
}, 300_000);
afterAll(async () => {
  for (const broker of brokers) await broker.kill("SIGTERM");
  removeFolder(folder);
});

describe.concurrent("the host device against Mosquitto 2.0", { timeout: 120_000 }, () => {
  it("an issued password is right, or is refused with 5", async () => {
    const { port } = await startMosquitto("users", { issued: password });
    const issued = ["--credential", "issued", "--count", "3", "--measure-every", "20"];
    const right = await startHostDevice("issued", port, password, ...issued);
    expect(await right.ended()).toBe(0);
    expect(deviceResult(right)).toMatchObject({ delivered: 3, lastConnack: 0 });
    const wrong = await startHostDevice("issued", port, `${password}x`, ...issued);
    expect(await wrong.line(/^MQTT refused/)).toMatch(
      new RegExp(`^MQTT refused: 5 \\(not authorized\\)${reportFacts} queued=\\d attempt=1 next_try=[12]s$`),
    );
    await wrong.stop();
  });

  it(`${refreshes} refreshes with tokens of 10 s: none lost, none twice, no will, one client id`, async ({
    onTestFinished,
  }) => {
    const { port } = await startMosquitto("refreshes");
    const topics = { messages: deviceTopic("often", "telemetry"), will: deviceTopic("often", "gone") };
    const reader = await readSequence(port, {}, topics);
    onTestFinished(reader.close);
    await refreshOften("often", port, reader, secret);
  });

  it("the broker is killed and comes back: every message is acknowledged in the end", async ({ onTestFinished }) => {
    const broker = await startMosquitto("killed");
    const recorder = await startConnectRecorder(() => broker.port);
    onTestFinished(recorder.close);
    await killAndReturn("killed", recorder, secret, { kill: () => broker.kill("SIGKILL"), back: broker.start });
  });

  it("no broker for longer than the queue can hold: the newest messages arrive, the others are counted", async ({
    onTestFinished,
  }) => {
    const broker = await startMosquitto("late");
    await broker.kill("SIGTERM");
    const recorder = await startConnectRecorder(() => broker.port);
    onTestFinished(recorder.close);
    const count = 100;
    const device = await startHostDevice(
      ...(["late", recorder.port, secret, "--count", String(count), "--measure-every", "5", ...claims] as const),
    );
    await device.line(/^MQTT no answer.* dropped=[1-9]/);
    await broker.start();
    expect(await device.ended(), "something was lost").toBe(1);
    const { accepted, delivered, dropped } = deviceResult(device);
    expect([accepted, delivered + dropped]).toEqual([count, count]);
    expect(delivered).toBeGreaterThan(10);
    const newest = Array.from({ length: delivered }, (_, at) => count - delivered + 1 + at);
    expect([...recorder.acknowledged]).toEqual(newest);
  });
});
