import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDevice, type DeviceOptions } from "@connack/device";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type RunningConnack, removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
let server: RunningConnack;
let ports: { mqtts: string; wss: string };
const read = (file: string) => readFileSync(join(folder, "connack-data/tls", file), "utf8");

beforeAll(async () => {
  const cli = async (...args: string[]) => expect(await runConnack(args, { cwd: folder })).toMatchObject({ code: 0 });
  await cli("tls", "dev-ca");
  await cli("tls", "dev-client", "sensor-1");
  writeFileSync(
    join(folder, "connack.yaml"),
    `credentials: { clientCertificate: { enabled: true } }
brokers:
  embedded:
    tls:
      certificateFile: connack-data/tls/server.crt
      keyFile: connack-data/tls/server.key
      clientCaFile: connack-data/tls/ca.crt
`,
  );
  server = await startConnack({ folder });
  const line = server
    .output()
    .stdout.split("\n")
    .find((each) => each.includes("connack is ready"));
  ports = JSON.parse(line ?? "{}");
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

/** What a device with Connack's tokens tells of two connections with a hand-over between them. */
async function liveThrough(id: string, options: Pick<DeviceOptions, "url" | "tls" | "credentials">) {
  const device = createDevice({ ...options, clientId: id });
  onTestFinished(() => device.stop());
  const heard: string[] = [];
  device.on("message", ({ payload }) => heard.push(Buffer.from(payload).toString()));
  await device.subscribe(`devices/${id}/#`);
  await device.publish(`devices/${id}/x`, "1");
  device.refresh();
  await expect.poll(() => device.status().refreshes).toBe(1);
  await device.publish(`devices/${id}/x`, "2");
  await expect.poll(() => heard.length).toBe(2);
  const { attempts, lastProblem } = device.status();
  return { heard, attempts, lastProblem };
}

const once = { heard: ["1", "2"], attempts: 2, lastProblem: undefined };

it.each(["mqtts", "wss"] as const)(
  "%s: a device that knows the CA gets in with its token, and is handed over",
  async (kind) => {
    const id = `sensor-${kind}`;
    const credentials = async () => {
      const issued = await server.json<{ clientId: string; username: string; password: string; expiresAt: string }>(
        ...["credential", "issue", id, "--add"],
      );
      const { clientId, username, password, expiresAt } = issued;
      return { clientId, username, password, expiresAt: Date.parse(expiresAt) / 1000 };
    };
    expect(await liveThrough(id, { url: ports[kind], tls: { ca: read("ca.crt") }, credentials })).toEqual(once);
  },
);

it("a certificate of its own is all that a device needs", async () => {
  const tls = { ca: read("ca.crt"), cert: read("clients/sensor-1.crt"), key: read("clients/sensor-1.key") };
  const credentials = () => ({ clientId: "sensor-1", username: "", password: "" });
  expect(await liveThrough("sensor-1", { url: ports.mqtts, tls, credentials })).toEqual(once);
});

it("a broker whose CA it does not know is unreachable, and the device says why", async () => {
  const device = createDevice({
    url: ports.mqtts,
    clientId: "x",
    credentials: () => ({ clientId: "x", username: "x", password: "x" }),
  });
  onTestFinished(() => device.stop());
  await expect
    .poll(() => device.status().lastProblem)
    .toMatchObject({
      kind: "unreachable",
      sentence: expect.stringMatching(/certificate/),
    });
});
