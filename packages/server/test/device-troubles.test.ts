import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDevice, type DeviceOptions, type DeviceProblem, sharedSecretJwt } from "@connack/device";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RunningConnack, removeFolder, startConnack } from "./run-connack.ts";
import { startMosquitto } from "./start-mosquitto.ts";

const env = {
  CONNACK_CREDENTIALS_JWT_ISSUER: "device-test",
  CONNACK_CREDENTIALS_JWT_AUDIENCE: "mqtt",
  CONNACK_CREDENTIALS_JWT_LEEWAY: "1s",
};

let connack: RunningConnack;
let mosquitto: Awaited<ReturnType<typeof startMosquitto>>;
let secret: string;

beforeAll(async () => {
  [connack, mosquitto] = await Promise.all([startConnack({ env }), startMosquitto()]);
  for (const id of ["thermo-4", "thermo-5"]) await connack.json("credential", "issue", id, "--add");
  secret = JSON.parse(readFileSync(join(connack.folder, "connack-data/keys/jwt-1.json"), "utf8")).secret;
});

afterAll(async () => {
  await Promise.all([connack.kill("SIGTERM"), mosquitto.stop()]);
  removeFolder(connack.folder);
});

function start(port: number, options: Partial<DeviceOptions> & Pick<DeviceOptions, "credentials">) {
  const device = createDevice({
    url: `mqtt://127.0.0.1:${port}`,
    reconnect: { leastSeconds: 0.05, mostSeconds: 2 },
    ...options,
  });
  onTestFinished(() => device.stop());
  const problems: DeviceProblem[] = [];
  device.on("problem", (problem) => problems.push(problem));
  return { device, problems };
}

const becomes = (device: ReturnType<typeof start>["device"], expected: object) =>
  expect.poll(() => device.status(), { timeout: 20_000, interval: 20 }).toMatchObject(expected);

const jwt = (deviceId: string, key: string, lifetimeSeconds = 3600) =>
  sharedSecretJwt({ deviceId, secret: key, lifetimeSeconds, issuer: "device-test", audience: "mqtt" });

describe.each([4, 5] as const)("MQTT version %i", (protocolVersion) => {
  it.each(["Connack", "Mosquitto"])("two devices with one client id are named by the help of %s", async (name) => {
    const isConnack = name === "Connack";
    const credentials = isConnack
      ? jwt(`thermo-${protocolVersion}`, secret)
      : () => ({ clientId: "twin", username: "u", password: "p" });
    const port = isConnack ? connack.mqttPort : mosquitto.port;
    const twins = [start(port, { protocolVersion, credentials }), start(port, { protocolVersion, credentials })];
    const kinds = () => twins.map(({ problems }) => problems.map(({ kind }) => kind));
    await expect.poll(() => kinds().flat(), { timeout: 20_000 }).toContain("taken_over");
    const told = twins.flatMap(({ problems }) => problems).find(({ kind }) => kind === "taken_over");
    // Mosquitto 2.0 closes without a word, also with MQTT 5.
    const isTold = isConnack && protocolVersion === 5;
    expect(told?.code).toBe(isTold ? 0x8e : undefined);
    const before = kinds()
      .find((each) => each.includes("taken_over"))
      ?.indexOf("taken_over");
    expect(before).toBe(isTold ? 0 : 2);
  });

  it("a token that Connack refuses is made anew, and the device is in as soon as that is right", async () => {
    const deviceId = `thermo-${protocolVersion}`;
    const [wrong, right] = [jwt(deviceId, randomBytes(32).toString("hex")), jwt(deviceId, secret)];
    let asked = 0;
    const { device, problems } = start(connack.mqttPort, {
      protocolVersion,
      credentials: (request) => (++asked <= 2 ? wrong : right).get(request),
    });
    await becomes(device, { state: "connected", connects: 1, attempts: 3, lastConnack: { code: 0 } });
    const code = protocolVersion === 5 ? 0x86 : 4;
    expect(problems.map((problem) => [problem.kind, problem.code])).toEqual(Array(2).fill(["refused", code]));
    expect(asked).toBe(3);
  });

  it("a connection that Connack cuts as its token expires is told as that, and made again with a new one", async () => {
    let isDown = false;
    const provider = jwt(`thermo-${protocolVersion}`, secret, 3);
    const { device, problems } = start(connack.mqttPort, {
      protocolVersion,
      credentials: (request) => {
        if (isDown) throw new Error("the endpoint is down");
        return provider.get(request);
      },
    });
    await becomes(device, { state: "connected" });
    isDown = true;
    const kept = device.publish(`devices/thermo-${protocolVersion}/t`, "kept").then(() => "kept");
    await becomes(device, { lastEnd: { kind: "expired" } });
    expect(problems.every(({ kind }) => kind === "token")).toBe(true);
    isDown = false;
    await becomes(device, { state: "connected", connects: 2 });
    expect(await kept).toBe("kept");
  });
});
