import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import mqtt from "mqtt";
import type { Credential } from "./mqtt-clients.ts";
import { run } from "./run-connack.ts";

export const doors = ["tcp", "ws", "tls", "wss"] as const;
export type Door = (typeof doors)[number];
export type MqttVersion = 3 | 4 | 5;

export interface Message {
  topic: string;
  payload: string;
}

export interface ProfileTrial {
  url: string;
  /** File of the CA. */
  ca: string;
  version: MqttVersion;
  credential: Credential;
  /** All are asked for; the broker refuses what is not allowed. */
  filters: readonly string[];
  /** Called when the broker has answered the SUBSCRIBE. */
  onSubscribed(): Promise<void>;
  /** Messages after which the trial is over. */
  expected: number;
  /** Sent in this order with QoS 1. */
  publish: readonly Message[];
}

/** A real client that subscribes, receives and publishes. */
export interface ProfileClient {
  name: string;
  versions: readonly MqttVersion[];
  doors: readonly Door[];
  /** It ends when its messages are there, so it has to get some. */
  needsMessages: boolean;
  /** What it received. */
  run(trial: ProfileTrial): Promise<Message[]>;
}

async function viaMqttJs(trial: ProfileTrial): Promise<Message[]> {
  const { url, ca, version, credential, filters } = trial;
  const client = await mqtt.connectAsync(url.replace("127.0.0.1", "localhost"), {
    ...credential,
    protocolVersion: version,
    protocolId: version === 3 ? "MQIsdp" : "MQTT",
    reconnectPeriod: 0,
    ca: readFileSync(ca),
  });
  const received: Message[] = [];
  client.on("message", (topic, payload) => received.push({ topic, payload: payload.toString() }));
  // The callback comes with an error where one of the filters is refused.
  await new Promise<void>((resolve) => client.subscribe([...filters], { qos: 1 }, () => resolve()));
  await trial.onSubscribed();
  for (const { topic, payload } of trial.publish) {
    // MQTT 5 says 0x87 to what is denied; 3.1 and 3.1.1 acknowledge it.
    await client.publishAsync(topic, payload, { qos: 1 }).catch(() => {});
  }
  await client.endAsync();
  return received;
}

const mosquittoVersions = { 3: "mqttv31", 4: "mqttv311", 5: "mqttv5" } as const;

async function viaMosquitto(trial: ProfileTrial): Promise<Message[]> {
  const { url, ca, version, credential, filters } = trial;
  const { protocol, port } = new URL(url);
  const tls = protocol === "mqtts:" ? ["--cafile", ca] : [];
  const common = ["-V", mosquittoVersions[version], "-h", "localhost", "-p", port, ...tls];
  const { clientId, username, password } = credential;
  const login = [...common, "-i", clientId, "-u", username, "-P", password, "-q", "1"];
  const topics = filters.flatMap((filter) => ["-t", filter]);
  const form = ["-F", "message %t %p"];
  // Into a pipe it would write its lines only at its end.
  const subscriber = spawn("stdbuf", [
    "-oL",
    "mosquitto_sub",
    "-d",
    ...login,
    ...topics,
    ...form,
    "-C",
    String(trial.expected),
    "-W",
    "20",
  ]);
  const ended = new Promise((resolve) => subscriber.once("close", resolve));
  const lines = await untilLine(subscriber, /^Subscribed/m);
  await trial.onSubscribed();
  await ended;
  for (const { topic, payload } of trial.publish) {
    await run("mosquitto_pub", [...login, "-t", topic, "-m", payload]);
  }
  return [...lines().matchAll(/^message (\S+) (.*)$/gm)].map(([, topic = "", payload = ""]) => ({ topic, payload }));
}

async function untilLine(child: ChildProcess, pattern: RegExp): Promise<() => string> {
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.once("close", (code) => reject(new Error(`ended with ${code}: ${text}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (pattern.test(text)) resolve();
      });
    }
  });
  return () => text;
}

const pahoScript = `
import json, sys, threading
from urllib.parse import urlparse
import paho.mqtt.client as mqtt
trial = json.loads(sys.argv[1])
url = urlparse(trial["url"])
client = mqtt.Client(client_id=trial["clientId"], protocol=trial["version"], transport="websockets" if url.scheme.startswith("ws") else "tcp")
client.username_pw_set(trial["username"], trial["password"])
if url.scheme in ("mqtts", "wss"):
    client.tls_set(ca_certs=trial["ca"])
if url.path:
    client.ws_set_options(path=url.path)
received, connected, subscribed, done, published = [], threading.Event(), threading.Event(), threading.Event(), threading.Event()
client.on_connect = lambda *a: connected.set()
client.on_subscribe = lambda *a: subscribed.set()
def on_message(c, u, m):
    received.append({"topic": m.topic, "payload": m.payload.decode()})
    if len(received) >= trial["expected"]: done.set()
client.on_message = on_message
client.on_publish = lambda *a: published.set()
client.connect("localhost", url.port, 30)
client.loop_start()
assert connected.wait(20), "no CONNACK"
client.subscribe([(f, 1) for f in trial["filters"]] if trial["version"] != 5 else [(f, mqtt.SubscribeOptions(qos=1)) for f in trial["filters"]])
assert subscribed.wait(20), "no SUBACK"
print("Subscribed", flush=True)
assert done.wait(20), "messages missing: " + json.dumps(received)
for m in trial["publish"]:
    published.clear()
    client.publish(m["topic"], m["payload"], qos=1)
    assert published.wait(20), "no PUBACK for " + m["topic"]
client.disconnect()
client.loop_stop()
print(json.dumps(received), flush=True)
`;

async function viaPaho(trial: ProfileTrial): Promise<Message[]> {
  const { url, ca, version, credential, filters, expected, publish } = trial;
  const argument = JSON.stringify({ url, ca, version, ...credential, filters, expected, publish });
  const child = spawn("/usr/bin/python3", ["-c", pahoScript, argument]);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const text = await untilLine(child, /^Subscribed$/m);
  await trial.onSubscribed();
  const code = await ended;
  const last = text().trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0) throw new Error(`paho ended with ${code}: ${text()}`);
  return JSON.parse(last) as Message[];
}

export const profileClients: readonly ProfileClient[] = [
  { name: "mqtt.js", versions: [3, 4, 5], doors, needsMessages: false, run: viaMqttJs },
  { name: "mosquitto", versions: [3, 4, 5], doors: ["tcp", "tls"], needsMessages: true, run: viaMosquitto },
  { name: "paho", versions: [3, 4, 5], doors, needsMessages: true, run: viaPaho },
];
