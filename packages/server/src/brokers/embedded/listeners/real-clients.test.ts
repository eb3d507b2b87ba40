import { randomBytes } from "node:crypto";
import type { ConnectRequest } from "@connack/credentials";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { ca, filesOf, newClient } from "../testing/lab-certificates.ts";
import { type ListenerBroker, openListenerBroker } from "../testing/open-listener-broker.ts";
import { allow, deny, until } from "../testing/open-test-broker.ts";
import { startProgram } from "../testing/run-program.ts";
import type { ListenerName } from "./arrival.ts";

const password = randomBytes(16).toString("base64url");
const decideConnect = async (request: ConnectRequest) =>
  request.password === password || request.certificateCommonName === request.clientId
    ? allow(request.clientId)
    : deny("bad_password");

const versions = [3, 4, 5] as const;
const mosquittoVersions = { 3: "mqttv31", 4: "mqttv311", 5: "mqttv5" } as const;
const doors: readonly ListenerName[] = ["tcp", "ws", "tls", "wss"];
const schemes = { tcp: "mqtt", ws: "ws", tls: "mqtts", wss: "wss" } as const;
const urlOf = ({ ports }: ListenerBroker, door: ListenerName) =>
  `${schemes[door]}://localhost:${ports[door]}${door.startsWith("w") ? "/mqtt" : ""}`;

describe.each(versions)("MQTT version %i", (version) => {
  it.each(doors)("mqtt.js connects, publishes and receives over %s, and is refused", async (door) => {
    const server = await openListenerBroker({ decideConnect });
    const options: mqtt.IClientOptions = {
      protocolVersion: version,
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      clientId: "thermo",
      username: "any",
      reconnectPeriod: 0,
      ca: ca.certificate,
    };
    const client = await mqtt.connectAsync(urlOf(server, door), { ...options, password });
    const received: string[] = [];
    client.on("message", (_topic, payload) => received.push(payload.toString()));
    await client.subscribeAsync("devices/thermo/down", { qos: 1 });
    const long = "x".repeat(100_000);
    await client.publishAsync("devices/thermo/down", long, { qos: 1 });
    await client.publishAsync("devices/thermo/down", "short", { qos: 2 });
    await until("two messages", () => received.length === 2);
    expect(received).toEqual([long, "short"]);
    await client.endAsync();
    await until("its end", () => server.broker.connections() === 0);
    const refused = mqtt.connectAsync(urlOf(server, door), { ...options, password: "wrong" });
    await expect(refused).rejects.toMatchObject({ code: version === 5 ? 0x86 : 4 });
    expect(server.events.map((event) => `${event.type} ${"reason" in event ? event.reason : ""}`)).toEqual([
      "connected ",
      "disconnected by_client",
      "refused bad_password",
    ]);
    const common = { clientId: "thermo", username: "any", peerHost: "127.0.0.1", protocolVersion: version };
    expect(server.requests).toEqual(
      [password, "wrong"].map((given) => ({ ...common, password: given, listener: `embedded:${door}` })),
    );
  });

  it("mosquitto_pub and mosquitto_sub connect over TLS, with a password and with a client certificate", async () => {
    const server = await openListenerBroker({ decideConnect });
    const pump = newClient(ca, "pump");
    const [cafile = "", cert = "", key = ""] = filesOf(ca.certificate, pump.certificate, pump.key);
    const common = ["-V", mosquittoVersions[version], "-h", "localhost", "-p", String(server.ports.tls)];
    const trust = ["--cafile", cafile];
    const certificate = ["--cert", cert, "--key", key];
    const subscribing = [...common, ...trust, ...certificate, "-i", "pump", "-t", "devices/pump/#", "-C", "1"];
    const subscriber = startProgram("mosquitto_sub", subscribing);
    await until("the subscriber", () => server.broker.connections() === 1);
    const publish = async (...more: string[]) => {
      const message = ["-q", "1", "-t", "devices/pump/up", "-m", "21.5 C", "-r"];
      const program = startProgram("mosquitto_pub", [...common, ...more, ...message]);
      return program.done;
    };
    const login = ["-i", "meter", "-u", "any", "-P", password];
    expect(await publish(...trust, ...login)).toBe(0);
    expect(await publish(...trust, ...certificate, "-i", "thief", "-t", "x")).toBe(version === 5 ? 0x86 : 4);
    const strange = filesOf(newClient(ca, "x").certificate)[0] ?? "";
    expect(await publish("--cafile", strange, ...login)).not.toBe(0);
    subscriber.stop();
    expect(server.requests).toMatchObject([
      { clientId: "pump", password: "", certificateCommonName: "pump", certificateSubject: "CN=pump" },
      { clientId: "meter", password },
      { clientId: "thief", certificateCommonName: "pump" },
    ]);
    expect(server.requests[1]).not.toHaveProperty("certificateCommonName");
  });
});

describe.each([4, 5] as const)("MQTT version %i", (version) => {
  it.each(["ws", "wss"] as const)("paho for Python connects over %s", async (door) => {
    const server = await openListenerBroker({ decideConnect });
    const [cafile = ""] = filesOf(ca.certificate);
    const trust = door === "wss" ? cafile : "";
    const run = async (given: string) => {
      const args = ["-", String(server.ports[door]), String(version), given, trust];
      const program = startProgram("/usr/bin/python3", args, pahoScript);
      expect(await program.done).toBe(0);
      return program.output().trim();
    };
    expect(await run(password)).toBe("devices/valve/state open");
    expect(await run("wrong")).toBe(version === 5 ? "refused 134" : "refused 4");
  });
});

const pahoScript = `
import sys, threading
import paho.mqtt.client as mqtt
port, version, password, trust = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
done, said = threading.Event(), []
client = mqtt.Client(client_id="valve", protocol=version, transport="websockets")
client.username_pw_set("any", password)
if trust: client.tls_set(trust)
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
client.connect("localhost", port)
client.loop_start()
print(said[0] if done.wait(20) else "nothing")
client.disconnect()
`;
