import { randomBytes, randomUUID } from "node:crypto";
import type { Decision, DenyReason } from "@connack/credentials";
import mqtt from "mqtt";
import type { IConnackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { embeddedBrokerNotice, startEmbeddedBroker } from "./embedded-broker.ts";
import { allow, deny, eventsOf, openTestBroker, rights, until, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";
import { startProgram } from "./testing/run-program.ts";

const versions = [3, 4, 5] as const satisfies Version[];
const mosquittoVersions = { 3: "mqttv31", 4: "mqttv311", 5: "mqttv5" } as const;
const newPassword = () => randomBytes(16).toString("base64url");

function clientOptions(protocolVersion: Version, username: string, password: string): mqtt.IClientOptions {
  return {
    protocolVersion,
    protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
    clientId: `${username}-${protocolVersion}`,
    username,
    password,
    reconnectPeriod: 0,
  };
}

/** A decision by password: the right one is let in, any other refused. */
function passwordIs(password: string) {
  return async (request: { username: string; password: string }): Promise<Decision> =>
    request.password === password ? allow(request.username) : deny("bad_password");
}

describe.each(versions)("MQTT version %i", (version) => {
  it("lets a device of mqtt.js in and delivers at every QoS", async () => {
    const password = newPassword();
    const server = await openTestBroker({ decideConnect: passwordIs(password) });
    const client = await mqtt.connectAsync(server.url, clientOptions(version, "thermo", password));
    const received: string[] = [];
    client.on("message", (topic, payload, { qos }) => received.push(`${topic} ${payload} ${qos}`));
    const granted = await client.subscribeAsync("devices/thermo/down", { qos: 2 });
    expect(granted.map(({ qos }) => qos)).toEqual([2]);
    for (const qos of [0, 1, 2] as const) await client.publishAsync("devices/thermo/down", `hello ${qos}`, { qos });
    await until("three messages", () => received.length === 3);
    expect(received).toEqual([0, 1, 2].map((qos) => `devices/thermo/down hello ${qos} ${qos}`));
    expect(server.broker.connections()).toBe(1);
    expect(server.requests).toEqual([
      {
        clientId: `thermo-${version}`,
        username: "thermo",
        password,
        peerHost: "127.0.0.1",
        protocolVersion: version,
        listener: "embedded:tcp",
      },
    ]);
    await client.endAsync();
    await untilEvents(server, "disconnected", 1);
    expect(server.broker.connections()).toBe(0);
    expect(server.events).toEqual([
      {
        type: "connected",
        deviceId: "thermo",
        clientId: `thermo-${version}`,
        peerHost: "127.0.0.1",
        protocolVersion: version,
      },
      {
        type: "disconnected",
        deviceId: "thermo",
        reason: "by_client",
        clientId: `thermo-${version}`,
        peerHost: "127.0.0.1",
        protocolVersion: version,
      },
    ]);
  });

  it("refuses a device of mqtt.js", async () => {
    const server = await openTestBroker({ decideConnect: passwordIs(newPassword()) });
    const attempt = mqtt.connectAsync(server.url, clientOptions(version, "thermo", newPassword()));
    await expect(attempt).rejects.toMatchObject({ code: version === 5 ? 0x86 : 4 });
    expect(server.broker.connections()).toBe(0);
    expect(eventsOf(server, "refused")).toMatchObject([
      { reason: "bad_password", by: "decision", clientId: `thermo-${version}` },
    ]);
  });

  it("works with mosquitto_pub and mosquitto_sub", async () => {
    const password = newPassword();
    const server = await openTestBroker({ decideConnect: passwordIs(password) });
    const common = ["-h", "127.0.0.1", "-p", String(server.port), "-V", mosquittoVersions[version], "-u", "pump"];
    const subscriber = startProgram("mosquitto_sub", [
      ...common,
      "-P",
      password,
      "-i",
      "listener",
      "-t",
      "devices/pump/#",
      "-q",
      "1",
      "-C",
      "1",
    ]);
    await until("the subscription", () => server.broker.connections() === 1);
    const publisher = ["-i", "speaker", "-t", "devices/pump/up", "-m", "21.5 C", "-q", "1", "-r"];
    const published = startProgram("mosquitto_pub", [...common, "-P", password, ...publisher]);
    expect(await published.done).toBe(0);
    expect(await subscriber.done).toBe(0);
    expect(subscriber.output()).toBe("21.5 C\n");
    const refused = startProgram("mosquitto_pub", [...common, "-P", newPassword(), ...publisher]);
    expect(await refused.done).toBe(version === 5 ? 0x86 : 4);
  });

  it("works with paho for Python", async () => {
    const password = newPassword();
    const server = await openTestBroker({ decideConnect: passwordIs(password) });
    const run = async (given: string) => {
      const program = startProgram("/usr/bin/python3", ["-", String(server.port), String(version), given], pahoScript);
      expect(await program.done).toBe(0);
      return program.output().trim();
    };
    expect(await run(password)).toBe("devices/valve/state open");
    expect(await run(newPassword())).toBe(version === 5 ? "refused 134" : "refused 4");
  });

  it.each([
    ["bad_password", 4, 0x86],
    ["bad_signature", 4, 0x86],
    ["device_revoked", 5, 0x87],
    ["store_unavailable", 5, 0x87],
    ["a reason of tomorrow" as DenyReason, 5, 0x87],
    ["constructor" as DenyReason, 5, 0x87],
  ] as const)("says no more than a code for %s", async (reason, code, code5) => {
    const server = await openTestBroker({ decideConnect: async () => deny(reason) });
    const { peer, connack } = await RawPeer.connect(server.port, version);
    expect(codeOf(connack)).toBe(version === 5 ? code5 : code);
    expect(connack.properties).toBeUndefined();
    await peer.closed;
    expect(eventsOf(server, "refused")).toMatchObject([{ reason, by: "decision" }]);
  });
});

const pahoScript = `
import sys, threading
import paho.mqtt.client as mqtt
port, version, password = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
done, said = threading.Event(), []
client = mqtt.Client(client_id="valve-py", protocol=version)
client.username_pw_set("valve", password)
def say(text):
    said.append(text)
    done.set()
def connected(client, userdata, flags, code, properties=None):
    value = code.value if hasattr(code, "value") else code
    if value != 0: say("refused %d" % value)
    else: client.subscribe("devices/valve/#", 1)
client.on_connect = connected
client.on_subscribe = lambda *_: client.publish("devices/valve/state", "open", 1)
client.on_message = lambda client, userdata, message: say(message.topic + " " + message.payload.decode())
client.connect("127.0.0.1", port)
client.loop_start()
print(said[0] if done.wait(20) else "nothing")
client.disconnect()
`;

describe("client ids", () => {
  it("assigns one before the decision and tells an MQTT 5 client", async () => {
    const server = await openTestBroker();
    const { connack } = await RawPeer.connect(server.port, 5, { clientId: "" });
    const assigned = connack.properties?.assignedClientIdentifier;
    expect(assigned).toMatch(/.{20}/);
    expect(server.requests.map(({ clientId }) => clientId)).toEqual([assigned]);
    await RawPeer.connect(server.port, 4, { clientId: "" });
    expect(server.requests[1]?.clientId).toMatch(/.{20}/);
    expect(server.requests[1]?.clientId).not.toBe(assigned);
  });

  it("refuses an empty one for a persistent session of MQTT 3.1.1 [MQTT-3.1.3-8]", async () => {
    const server = await openTestBroker();
    const peer = await RawPeer.open(server.port);
    const bytes = peer.bytes(connectPacket(4, { clientId: "" }));
    // The generator does not write this CONNECT: take Clean Session out of one that it writes.
    const flags = 9;
    bytes.writeUInt8(bytes.readUInt8(flags) & ~0b10, flags);
    peer.socket.write(bytes);
    expect(codeOf((await peer.take("connack")) as IConnackPacket)).toBe(2);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "bad_client_id", by: "broker" }]);
  });

  it("takes long ones also with MQTT 3.1", async () => {
    const server = await openTestBroker();
    const { connack } = await RawPeer.connect(server.port, 3, {
      clientId: `GID_test@@@02_00_00_00_00_01@@@${randomUUID()}`,
    });
    expect(codeOf(connack)).toBe(0);
  });

  it("gives the newest connection of a device the id, and ends the former", async () => {
    const server = await openTestBroker();
    const { peer: first } = await RawPeer.connect(server.port, 5, { clientId: "same" });
    const { peer: second } = await RawPeer.connect(server.port, 4, { clientId: "same" });
    expect(await first.take("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await first.closed;
    const { peer: third } = await RawPeer.connect(server.port, 3, { clientId: "same" });
    await second.closed;
    await third.settle();
    expect(server.broker.connections()).toBe(1);
    expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual([
      "taken_over",
      "taken_over",
    ]);
  });

  it("leaves one of many that race for an id", async () => {
    const server = await openTestBroker();
    const peers = await Promise.all(
      Array.from(
        { length: 21 },
        async (_, index) =>
          (await RawPeer.connect(server.port, versions[index % 3] as Version, { clientId: "same" })).peer,
      ),
    );
    await until(
      "one left",
      () => server.broker.connections() === 1 && peers.filter(({ isClosed }) => !isClosed).length === 1,
    );
    const [last] = peers.filter(({ isClosed }) => !isClosed);
    await last?.settle();
    await RawPeer.connect(server.port, 4, { clientId: "same" });
    await last?.closed;
    expect(server.broker.connections()).toBe(1);
  });

  it("does not let another device take over", async () => {
    const server = await openTestBroker();
    const { peer: owner } = await RawPeer.connect(server.port, 4, { clientId: "same", username: "owner" });
    for (const version of versions) {
      const { connack } = await RawPeer.connect(server.port, version, { clientId: "same", username: "thief" });
      expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
    }
    await owner.settle();
    expect(eventsOf(server, "refused").map(({ reason }) => reason)).toEqual(Array(3).fill("client_id_in_use"));
  });
});

describe("kickDevice", () => {
  it.each(["revoked", "disabled", "removed", "moved"] as const)(
    "ends all connections of a device that is %s",
    async (why) => {
      const server = await openTestBroker();
      const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
      const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
      const { peer: other } = await RawPeer.connect(server.port, 4, { clientId: "c", username: "other" });
      expect(server.broker.kickDevice("device", why)).toBe(2);
      const disconnect = await five.take("disconnect");
      expect(disconnect).toMatchObject({ reasonCode: 0x98 });
      expect(disconnect).not.toHaveProperty("properties");
      await Promise.all([five.closed, four.closed]);
      await other.settle();
      expect(server.broker.connections()).toBe(1);
      expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual([why, why]);
      expect(server.broker.kickDevice("device", why)).toBe(0);
    },
  );

  it("takes the rights at once, also of what was sent already", async () => {
    const server = await openTestBroker();
    const { peer } = await RawPeer.connect(server.port, 4);
    const { peer: witness } = await RawPeer.connect(server.port, 4, { clientId: "witness" });
    witness.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "devices/device/#", qos: 0 }] });
    await witness.take("suback");
    server.broker.kickDevice("nobody", "revoked");
    peer.send({ cmd: "publish", topic: "devices/device/up", payload: "before", qos: 0, dup: false, retain: false });
    expect(await witness.take("publish")).toMatchObject({ payload: Buffer.from("before") });
    expect(server.broker.kickDevice("device", "revoked")).toBe(2);
    await Promise.all([peer.closed, witness.closed]);
  });

  it("refuses a decision that was asked for before the kick", async () => {
    let answer = (_: Decision) => {};
    const server = await openTestBroker({
      decideConnect: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const attempt = RawPeer.connect(server.port, 5);
    await until("the question", () => server.requests.length === 1);
    expect(server.broker.kickDevice("device", "revoked")).toBe(0);
    answer(allow("device"));
    const { connack, peer } = await attempt;
    expect(codeOf(connack)).toBe(0x87);
    await peer.closed;
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "device_revoked", by: "broker", deviceId: "device" }]);
    const later = RawPeer.connect(server.port, 5);
    await until("the next question", () => server.requests.length === 2);
    answer(allow("device"));
    expect(codeOf((await later).connack)).toBe(0);
  });

  it("ends a connection that is between decision and CONNACK", async () => {
    const server = await openTestBroker({
      decideConnect: async () => {
        // After the promise chain of the broker, before its next turn: the connection is admitted then.
        setImmediate(() => kick());
        return allow("device");
      },
    });
    const kick = () => server.broker.kickDevice("device", "revoked");
    for (const version of versions) {
      const peer = await RawPeer.open(server.port, version);
      peer.send({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: version,
        clientId: "a",
        username: "u",
        clean: false,
        keepalive: 0,
      });
      await peer.closed;
    }
    expect(server.broker.connections()).toBe(0);
  });
});

describe("expiry", () => {
  it("ends the connection when the credential expires", async () => {
    const expireAtSeconds = Math.floor(Date.now() / 1000) + 2;
    const server = await openTestBroker({
      decideConnect: async ({ username }) => allow(username, undefined, { expireAtSeconds }),
    });
    const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
    const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
    expect(await five.take("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await Promise.all([five.closed, four.closed]);
    expect(Date.now()).toBeGreaterThanOrEqual(expireAtSeconds * 1000);
    expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual(["expired", "expired"]);
  });

  it("refuses one that has expired, and keeps one that expires in a hundred years", async () => {
    const expiries = [Date.now() / 1000 - 1, Date.now() / 1000 + 100 * 365 * 86_400];
    const server = await openTestBroker({
      decideConnect: async () => allow("device", undefined, { expireAtSeconds: expiries.shift() as number }),
    });
    expect(codeOf((await RawPeer.connect(server.port, 4)).connack)).toBe(4);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "token_expired", by: "broker" }]);
    const { peer } = await RawPeer.connect(server.port, 4);
    await peer.settle();
    expect(server.broker.connections()).toBe(1);
  });
});

describe("start and close", () => {
  it("rejects with the listener's own error when the port is taken", async () => {
    const { port } = await openTestBroker();
    const attempt = startEmbeddedBroker({ host: "127.0.0.1", port, decideConnect: async () => allow("device") });
    await expect(attempt).rejects.toMatchObject({ code: "EADDRINUSE", port });
  });

  it("rejects a limit that is not usable, by name", async () => {
    const attempt = startEmbeddedBroker({
      host: "127.0.0.1",
      port: 0,
      decideConnect: async () => allow("device"),
      limits: { maxConnections: 0 },
    });
    await expect(attempt).rejects.toThrow(new RangeError("maxConnections must be a whole number from 1 to 2147483647"));
  });

  it("says goodbye to everybody, whatever they are doing", async () => {
    const server = await openTestBroker({
      decideConnect: ({ username }) =>
        username === "waits" ? new Promise(() => {}) : Promise.resolve(allow(username, rights("t"))),
    });
    const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
    const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
    const silent = await RawPeer.open(server.port);
    const asked = await RawPeer.open(server.port);
    asked.send({ cmd: "connect", clientId: "c", username: "waits", clean: true, keepalive: 0 });
    await until("the question", () => server.requests.length === 3);
    await Promise.all([server.broker.close(), server.broker.close()]);
    expect(await five.take("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await Promise.all([five.closed, four.closed, silent.closed, asked.closed]);
    expect(server.broker.connections()).toBe(0);
    expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual([
      "shutdown",
      "shutdown",
    ]);
    await expect(RawPeer.open(server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("survives a listener that throws, and counts it", async () => {
    const server = await openTestBroker({
      onEvent: () => {
        throw new Error("listener");
      },
    });
    const { connack, peer } = await RawPeer.connect(server.port, 5);
    expect(codeOf(connack)).toBe(0);
    await peer.settle();
    expect(server.broker.counters()).toMatchObject({ connected: 1, "guard.listener_error": 1 });
  });

  it("has a notice that says what is not kept", () => {
    expect(embeddedBrokerNotice).toMatch(/development and small sites.*in memory.*gone after a restart/);
  });
});
