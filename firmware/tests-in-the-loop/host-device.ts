import { expect } from "vitest";
import { buildHostDevice } from "./build-device.ts";
import { type ConnectRecorder, startConnectRecorder } from "./connect-recorder.ts";
import { type RunningDevice, runDevice } from "./run-device.ts";
import type { SequenceReader } from "./sequence-reader.ts";
import { waitUntil } from "./wait-until.ts";

/** What the device says at its end, without its secret. */
export interface DeviceResult {
  clientId: string;
  accepted: number;
  delivered: number;
  dropped: number;
  attempts: number;
  connects: number;
  refreshes: number;
  lastConnack: number;
}

export const deviceResult = (device: RunningDevice) => JSON.parse(device.lines().at(-1) ?? "") as DeviceResult;
export const deviceTopic = (id: string, name: string) => `devices/${id}/${name}`;

/** Middle of a report line, as a pattern. */
export const reportFacts = String.raw` wifi=up time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ synced`;

export const refreshes = 20;

/** The same for each token of these tests. */
export const claims = ["--issuer", "loop", "--audience", "mqtt"];

/** Starts the host device, with its secret in the environment. */
export async function startHostDevice(
  id: string,
  port: number,
  secret: string,
  ...more: string[]
): Promise<RunningDevice> {
  const args = ["--device-id", id, "--port", String(port), "--most-wait", "2000", ...more];
  return runDevice(await buildHostDevice(), args, { CONNACK_DEVICE_SECRET: secret });
}

const lastState = (device: RunningDevice) => device.lines().findLast((line) => line.startsWith("state: "));

/** Runs a device whose tokens last for seconds, until it has refreshed so often: nothing may be lost on the way. */
export async function refreshOften(
  id: string,
  brokerPort: number,
  reader: SequenceReader,
  secret: string,
): Promise<DeviceResult> {
  const recorder = await startConnectRecorder(() => brokerPort);
  try {
    const device = await startHostDevice(
      ...([id, recorder.port, secret, "--lifetime", "10", "--refresh-every", "1", "--measure-every", "50"] as const),
      ...["--will", deviceTopic(id, "gone"), ...claims],
    );
    await waitUntil(
      // Connected: an attempt that is broken off before CONNECT is counted, and has neither answer nor goodbye.
      () => recorder.answers.length > refreshes && lastState(device) === "state: connected",
      () => `after a minute: ${device.lines().join("\n")}`,
    );
    expect(await device.stop()).toBe(0);
    const acknowledged = [...recorder.acknowledged];
    await reader.hasAll(acknowledged.length);
    expect(acknowledged, "all of them, in order").toEqual(acknowledged.map((_, at) => at + 1));
    expect(acknowledged.length, "more than one for each connection").toBeGreaterThan(2 * refreshes);
    const end = deviceResult(device);
    expect({ ...end, duplicates: reader.duplicates, wills: reader.wills }).toMatchObject({
      clientId: id,
      dropped: 0,
      duplicates: 0,
      wills: 0,
    });
    expect(end.refreshes).toBeGreaterThanOrEqual(refreshes);
    expect(new Set(recorder.connects.map(({ clientId }) => clientId))).toEqual(new Set([id]));
    expect(new Set(recorder.connects.map(({ passwordHash }) => passwordHash)).size, "new tokens").toBe(end.attempts);
    expect(recorder.answers).toEqual(Array(end.attempts).fill(0));
    expect(recorder.goodbyes, "each connection ended with DISCONNECT").toBe(end.attempts);
    return end;
  } finally {
    await recorder.close();
  }
}

/** Kills the broker under a device, and brings it back: each message is acknowledged in the end. */
export async function killAndReturn(
  id: string,
  recorder: ConnectRecorder,
  secret: string,
  broker: { kill(): Promise<unknown>; back(): Promise<unknown> },
): Promise<void> {
  // No more than the queue holds.
  const count = 24;
  const device = await startHostDevice(
    ...([id, recorder.port, secret, "--count", String(count), "--measure-every", "150", ...claims] as const),
  );
  await waitUntil(
    () => recorder.acknowledged.size >= 8,
    () => device.lines().join("\n"),
  );
  await broker.kill();
  const lost = await device.line(/^MQTT lost/);
  await device.line(/^MQTT (no answer|unreachable)/);
  await broker.back();
  expect(await device.ended()).toBe(0);
  expect(lost).toMatch(
    new RegExp(
      `^MQTT lost: closed by the broker or the network${reportFacts} token_exp_in=\\d+ queued=\\d+ attempt=1 next_try=\\ds$`,
    ),
  );
  expect(deviceResult(device)).toMatchObject({ accepted: count, delivered: count, dropped: 0, refreshes: 0 });
  expect([...recorder.acknowledged].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
}
