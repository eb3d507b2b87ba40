import { randomBytes } from "node:crypto";
import type { Decision, DenyReason } from "@connack/credentials";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, deny, eventsOf, openTestBroker, until, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, RawPeer, type Version } from "./testing/raw-peer.ts";
import { startProgram } from "./testing/run-program.ts";

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
