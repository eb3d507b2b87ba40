import { writeFileSync } from "node:fs";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Credential } from "./mqtt-clients.ts";
import { type Door, type MqttVersion, type ProfileClient, profileClients } from "./profile-clients.ts";
import { type RunningConnack, removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
const mac = "02:00:00:00:00:07";
const underscored = mac.replaceAll(":", "_");

/** What a device of each profile may read and write; everything else is tried as well and must not come through. */
const devices = {
  sensor: { read: ["devices/s-1/cmd", "devices/s-1/deep/down/cmd"], write: ["devices/s-1/t"] },
  xiaozhi: { read: [`devices/p2p/${underscored}`, `devices/p2p/<client id>`], write: ["device-server"] },
  "esp32-guide": {
    read: ["kitchen/light/control", "kitchen/firmware/update"],
    write: ["kitchen/status", "kitchen/sensors/temperature", "kitchen/light/status", "kitchen/ota/status"],
  },
  none: { read: [], write: [] },
} as const;
type ProfileUnderTest = keyof typeof devices;
const profiles = Object.keys(devices) as ProfileUnderTest[];

const foreignRead = ["devices/other/cmd", "devices/p2p/02_00_00_00_00_99", "attic/light/control", "x"];
const foreignWrite = [...foreignRead, "attic/status", "internal/server-ingest", "$SYS/x/new/clients"];
const wideFilters = ["#", "+/#", "devices/#", "devices/+/cmd", "devices/p2p/#", "+/light/#", "$SYS/#"];

let server: RunningConnack;
let listeners: Record<string, string>;
let ca: string;
let backend: Credential;
const credentials = {} as Record<ProfileUnderTest, Credential>;

beforeAll(async () => {
  await runConnack(["tls", "dev-ca"], { cwd: folder });
  const files = "{ certificateFile: connack-data/tls/server.crt, keyFile: connack-data/tls/server.key }";
  writeFileSync(join(folder, "connack.yaml"), `brokers: { embedded: { tls: ${files} } }\n`);
  ca = join(folder, "connack-data/tls/ca.crt");
  server = await startConnack({ folder });
  ({ listeners } = await server.json<{ listeners: Record<string, string> }>("status"));
  const issue = (...args: string[]) => server.json<Credential>("credential", "issue", ...args);
  await server.json("device", "add", "e-1", "--scheme", "jwt", "--attribute", "hostname=kitchen");
  await server.json("acl", "set", "e-1", "--profile", "esp32-guide");
  await server.json("device", "add", "n-1", "--scheme", "jwt");
  await server.json("acl", "set", "n-1", "--profile", "none");
  credentials.sensor = await issue("s-1", "--add");
  credentials.xiaozhi = await issue(mac, "--scheme", "xiaozhi-hmac", "--add");
  credentials["esp32-guide"] = await issue("e-1");
  credentials.none = await issue("n-1");
  const { password } = await server.json<{ password: string }>(
    "service",
    "add",
    "everything",
    "--profile",
    "superuser",
  );
  backend = { clientId: "everything", username: "everything", password };
}, 60_000);

afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

async function connectBackend(): Promise<{ client: MqttClient; seen: { topic: string; payload: string }[] }> {
  const client = await mqtt.connectAsync(listeners["mqtt"] ?? "", {
    ...backend,
    protocolVersion: 5,
    reconnectPeriod: 0,
  });
  const seen: { topic: string; payload: string }[] = [];
  client.on("message", (topic, payload) => seen.push({ topic, payload: payload.toString() }));
  await client.subscribeAsync(["#", "$SYS/#"], { qos: 1 });
  return { client, seen };
}

async function tryProfile(profile: ProfileUnderTest, client: ProfileClient, version: MqttVersion, door: Door) {
  const credential = credentials[profile];
  const { read, write } = devices[profile];
  const own = read.map((topic) => topic.replace("<client id>", credential.clientId));
  const down = `down ${client.name} ${version} ${door} ${profile}`;
  const up = `up ${client.name} ${version} ${door} ${profile}`;
  const { client: superuser, seen } = await connectBackend();
  try {
    const received = await client.run({
      url: listeners[{ tcp: "mqtt", ws: "ws", tls: "mqtts", wss: "wss" }[door]] ?? "",
      ca,
      version,
      credential,
      filters: [...wideFilters, ...foreignRead, ...own],
      expected: own.length,
      // What is foreign comes first: had it a way to the device, or from it, it would be there before the rest.
      publish: [...foreignWrite.filter((topic) => !(write as readonly string[]).includes(topic)), ...write].map(
        (topic) => ({ topic, payload: up }),
      ),
      async onSubscribed() {
        for (const topic of [...foreignRead, ...own]) await superuser.publishAsync(topic, down, { qos: 1 });
      },
    });
    await expect
      .poll(() => seen.filter(({ payload }) => payload === up).length, { timeout: 10_000 })
      .toBe(write.length);
    // A turn of the broker that came after everything the device has sent.
    await superuser.publishAsync("x", "over", { qos: 1 });
    expect(seen.filter(({ payload }) => payload === up).map(({ topic }) => topic)).toEqual(write);
    expect(new Set(received.filter(({ payload }) => payload === down).map(({ topic }) => topic))).toEqual(new Set(own));
    expect(received.filter(({ topic }) => topic.startsWith("$"))).toEqual([]);
  } finally {
    await superuser.endAsync(true);
  }
}

describe.each(profileClients)("$name", (client) => {
  const cases = client.versions.flatMap((version) => client.doors.map((door) => ({ version, door })));
  it.each(cases)(
    "MQTT $version over $door: what a profile allows works, and nothing else is delivered",
    async (each) => {
      for (const profile of profiles) {
        if (client.needsMessages && devices[profile].read.length === 0) continue;
        await tryProfile(profile, client, each.version, each.door);
      }
    },
  );
});
