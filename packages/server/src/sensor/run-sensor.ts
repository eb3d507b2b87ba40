import { setTimeout as sleep } from "node:timers/promises";
import type { Device, DeviceProblem } from "@connack/device";
import type { BrokerTarget } from "../trial/broker-target.ts";
import type { CredentialSource, TrialCredential } from "../trial/credential-source.ts";
import { explainConnack } from "../trial/explain-connack.ts";
import type { Thermometer } from "./read-temperature.ts";
import { type SensorTopics, statusMessage, temperatureMessage } from "./sensor-messages.ts";
import type { SensorPrinter } from "./sensor-printer.ts";
import { sensorProvider } from "./sensor-provider.ts";
import type { SampleCounts } from "./status-line.ts";

export interface Sensor {
  target: BrokerTarget;
  source: CredentialSource;
  /** The first credential of the source. */
  first: TrialCredential;
  /** What the device calls itself in its messages. */
  device: string;
  topics: SensorTopics;
  thermometer: Thermometer;
  everySeconds: number;
  /** Ends after so many samples. */
  count: number;
  /** Ends it, in order. */
  interrupted: AbortSignal;
  printer: SensorPrinter;
  nowMs(): number;
}

export interface SensorEnd extends SampleCounts {
  samples: number;
  lastProblem: DeviceProblem | undefined;
}

/** Connects, stays connected with fresh credentials, and publishes a sample now and then; resolves after its goodbye. */
export async function runSensor(sensor: Sensor): Promise<SensorEnd> {
  const { target, topics, printer, everySeconds, count, interrupted, device: name } = sensor;
  const { createDevice, CredentialsRefused } = await import("@connack/device");
  const provider = sensorProvider(sensor.source, sensor.first, (message) => new CredentialsRefused(message));
  const counts: SampleCounts = { acknowledged: 0, failed: 0 };
  const seconds = () => Math.floor(sensor.nowMs() / 1000);
  const device = createDevice({
    url: target.url,
    credentials: provider,
    clientId: sensor.first.clientId,
    protocolVersion: target.protocolVersion,
    timeoutSeconds: target.timeoutSeconds,
    will: { topic: topics.status, payload: statusMessage(name, "offline"), retain: true },
    ...(target.tls && { tls: target.tls }),
  });
  // What becomes of a status message is seen in the problems and the queue.
  const tellStatus = (status: "online" | "offline") =>
    device.publish(topics.status, statusMessage(name, status, seconds()), { retain: true }).catch(() => {});
  tellOnline(device, printer, () => void tellStatus("online"));
  device.on("problem", (problem) => printer.problem(withOwnFix(problem, sensor.source)));

  const underWay = new Set<Promise<void>>();
  let samples = 0;
  const begun = performance.now();
  while (samples < count && !interrupted.aborted) {
    const temperature = sensor.thermometer.read(sensor.nowMs());
    const sent = device.publish(topics.temperature, temperatureMessage(name, temperature, seconds())).then(
      () => void counts.acknowledged++,
      () => void counts.failed++,
    );
    underWay.add(sent);
    void sent.finally(() => underWay.delete(sent));
    samples++;
    // So that the line can tell of its acknowledgement, where all is well.
    await oneOf(sent, 1, interrupted);
    printer.sample(temperature, device.status(), counts, provider.endsAt);
    if (samples < count) await pause(begun + samples * everySeconds * 1000 - performance.now(), interrupted);
  }
  if (!interrupted.aborted) await oneOf(Promise.all(underWay), target.timeoutSeconds, interrupted);
  if (device.status().state === "connected") await Promise.race([tellStatus("offline"), sleep(1000)]);
  await device.stop();
  await Promise.all(underWay);
  printer.ended(samples, counts);
  return { samples, ...counts, lastProblem: device.status().lastProblem };
}

/** A credential that was given is all there is, where the device's own words promise another one. */
function withOwnFix(problem: DeviceProblem, { kind }: CredentialSource): DeviceProblem {
  if (problem.kind !== "refused" || problem.code === undefined || kind !== "given") return problem;
  const { next } = explainConnack(problem.code, undefined);
  return { ...problem, fix: `${next}. The same credential is tried again; connack try says more about it.` };
}

/** Says that it is there: at once, and after each connection that was lost, but not after a refresh. */
function tellOnline(device: Device, printer: SensorPrinter, tell: () => void): void {
  let wasConnected = false;
  let isLost = false;
  device.on("state", (state) => {
    printer.state(state);
    if (state === "waiting to try again") isLost = wasConnected;
    if (state !== "connected") return;
    if (isLost) tell();
    isLost = false;
    wasConnected = true;
  });
  tell();
}

/** Until that is done, so long at most, or until the interruption. */
async function oneOf(done: Promise<unknown>, seconds: number, interrupted: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const signal = AbortSignal.any([timer.signal, interrupted]);
  await Promise.race([done, pause(seconds * 1000, signal)]);
  timer.abort();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An interruption ends the pause, and is no failure.
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
