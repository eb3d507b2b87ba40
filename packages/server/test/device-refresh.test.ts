import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mintJwt } from "@connack/credentials";
import { createDevice, type DeviceProblem } from "@connack/device";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startCuttableProxy } from "./cuttable-proxy.ts";
import { type RunningConnack, removeFolder, startConnack } from "./run-connack.ts";
import { startMosquitto } from "./start-mosquitto.ts";

const refreshes = 10;
const drops = 3;
/** Each way; an even part of them while nothing but planned refreshes happens. */
const messages = 500;

interface Broker {
  port(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A new token each time. */
  credentials(clientId: string): Promise<{ clientId: string; username: string; password: string; expiresAt: number }>;
  /** Somebody at the broker who may read and write what devices do. */
  join(): Promise<{ reader: MqttClient; writer: MqttClient }>;
}

let serial = 0;

function connack(): Broker {
  let server: RunningConnack;
  let secret: string;
  const service = async (name: string, profile: string) => {
    const { username, password, clientId } = await server.json<Record<string, string>>(
      ...["service", "add", name, "--profile", profile],
    );
    return mqtt.connectAsync(`mqtt://127.0.0.1:${server.mqttPort}`, {
      username: username as string,
      password: password as string,
      clientId: clientId as string,
      reconnectPeriod: 0,
    });
  };
  return {
    port: () => server.mqttPort,
    async start() {
      const env = { CONNACK_CREDENTIALS_JWT_ISSUER: "device-test", CONNACK_CREDENTIALS_JWT_AUDIENCE: "mqtt" };
      server = await startConnack({ env });
      for (const id of ["sensor-4", "sensor-5"]) await server.json("credential", "issue", id, "--add");
      secret = JSON.parse(readFileSync(join(server.folder, "connack-data/keys/jwt-1.json"), "utf8")).secret;
    },
    async stop() {
      await server.kill("SIGTERM");
      removeFolder(server.folder);
    },
    async credentials(clientId) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: "device-test", aud: "mqtt", sub: clientId, iat, exp: iat + 3600, jti: String(serial++) };
      const password = await mintJwt({ claims, algorithm: "HS256", key: Buffer.from(secret) });
      return { clientId, username: clientId, password, expiresAt: iat + 3600 };
    },
    join: async () => ({
      reader: await service(`reader-${serial++}`, "dashboard"),
      writer: await service(`writer-${serial++}`, "backend"),
    }),
  };
}

function mosquitto(): Broker {
  let server: Awaited<ReturnType<typeof startMosquitto>>;
  return {
    port: () => server.port,
    async start() {
      server = await startMosquitto();
    },
    stop: () => server.stop(),
    async credentials(clientId) {
      return { clientId, username: "u", password: String(serial++), expiresAt: Math.floor(Date.now() / 1000) + 3600 };
    },
    async join() {
      const client = () => mqtt.connectAsync(`mqtt://127.0.0.1:${server.port}`, { reconnectPeriod: 0 });
      return { reader: await client(), writer: await client() };
    },
  };
}

/** Counts what arrives: each text once, and how often one came again. */
function tally() {
  const seen = new Set<string>();
  return {
    duplicates: 0,
    get count() {
      return seen.size;
    },
    add(text: string) {
      if (seen.has(text)) this.duplicates++;
      seen.add(text);
    },
  };
}

describe.each([
  { name: "Connack's embedded broker", make: connack },
  { name: "Mosquitto", make: mosquitto },
])("$name", ({ make }) => {
  const broker = make();
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());

  it.each([4, 5] as const)(
    `MQTT version %i: ${messages} messages each way over ${refreshes} refreshes and ${drops} drops`,
    async (protocolVersion) => {
      const clientId = `sensor-${protocolVersion}`;
      const topic = (name: string) => `devices/${clientId}/${name}`;
      const proxy = await startCuttableProxy(broker.port(), protocolVersion);
      const { reader, writer } = await broker.join();
      const problems: DeviceProblem[] = [];
      const passwords = new Set<string>();
      const device = createDevice({
        url: `mqtt://127.0.0.1:${proxy.port}`,
        protocolVersion,
        clientId,
        async credentials() {
          const given = await broker.credentials(clientId);
          passwords.add(given.password);
          return given;
        },
        will: { topic: topic("gone"), payload: "gone" },
        willDelaySeconds: 0,
        reconnect: { leastSeconds: 0.1, mostSeconds: 0.2 },
      });
      onTestFinished(async () => {
        await device.stop();
        await Promise.all([reader.endAsync(true), writer.endAsync(true)]);
        await proxy.close();
      });
      device.on("problem", (problem) => problems.push(problem));
      const up = tally();
      const down = tally();
      let wills = 0;
      reader.on("message", (name, payload) => {
        if (name === topic("gone")) wills++;
        else up.add(String(payload));
      });
      device.on("message", ({ payload }) => down.add(new TextDecoder().decode(payload)));
      await reader.subscribeAsync([topic("up"), topic("gone")], { qos: 1 });
      await device.subscribe(topic("down"));

      const kept: Promise<unknown>[] = [];
      let sent = 0;
      /** So many each way, with something that happens while they are under way. */
      const send = async (count: number, event: () => void) => {
        for (let each = 0; each < count; each++, sent++) {
          kept.push(device.publish(topic("up"), `up ${sent}`));
          kept.push(writer.publishAsync(topic("down"), `down ${sent}`, { qos: 1 }));
          if (each === 5) event();
          await sleep(2);
        }
      };
      const connectsAre = (count: number) =>
        expect
          .poll(() => [device.status().connects, device.status().state], { timeout: 15_000, interval: 10 })
          .toEqual([count, "connected"]);

      for (let round = 1; round <= refreshes; round++) {
        await send(messages / 2 / refreshes, () => device.refresh());
        await connectsAre(1 + round);
      }
      await Promise.all(kept);
      await expect.poll(() => [up.count, down.count], { timeout: 10_000 }).toEqual([sent, sent]);
      const planned = { up: up.duplicates, down: down.duplicates };
      expect({ planned, wills, problems, goodbyes: proxy.goodbyes }).toEqual({
        planned: { up: 0, down: 0 },
        wills: 0,
        problems: [],
        goodbyes: refreshes,
      });

      for (let round = 1; round <= drops; round++) {
        // Connections that last: others would look like a twin with the same client id.
        await sleep(250);
        const left = messages - sent;
        await send(Math.ceil(left / (drops - round + 1)), () => proxy.cut());
        await connectsAre(1 + refreshes + round);
      }
      // What is kept resolves: no promise was broken.
      await Promise.all(kept);
      await expect.poll(() => [up.count, down.count], { timeout: 10_000 }).toEqual([messages, messages]);
      await expect.poll(() => wills, { timeout: 10_000 }).toBe(drops);

      await device.stop();
      await sleep(100);
      expect(wills, "wills only from the drops, and none from the goodbye").toBe(drops);
      expect(problems.map(({ kind }) => kind)).toEqual(Array(drops).fill("connection_lost"));
      expect(new Set(proxy.clientIds)).toEqual(new Set([clientId]));
      expect(proxy.clientIds).toHaveLength(1 + refreshes + drops);
      // A drop is no reason for a new token.
      expect(passwords.size).toBe(1 + refreshes);
      expect(device.status()).toMatchObject({
        connects: 1 + refreshes + drops,
        refreshes,
        queue: { length: 0, dropped: 0 },
      });
      // At least once: what was under way when the network failed may come again, and no more than that.
      const again = { up: up.duplicates, down: down.duplicates };
      expect(again.up).toBeLessThanOrEqual(20 * drops);
      expect(again.down).toBeLessThanOrEqual(messages / 2);
    },
  );
});
