import mqtt from "mqtt";
import { run } from "./run-connack.ts";

export interface Credential {
  clientId: string;
  username: string;
  password: string;
}

/** Connects once and tells the CONNACK code: 0 or the refusal's. */
export type ConnectOnce = (port: number, credential: Credential) => Promise<number>;

function viaMqttJs(protocolVersion: 3 | 4 | 5): ConnectOnce {
  return (port, { clientId, username, password }) =>
    new Promise((resolve, reject) => {
      const protocolId = protocolVersion === 3 ? "MQIsdp" : "MQTT";
      const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
        clientId,
        username,
        password,
        protocolVersion,
        protocolId,
        reconnectPeriod: 0,
      });
      let settled = false;
      const settle = (finish: () => void) => {
        if (settled) return;
        settled = true;
        client.end(true, {}, finish);
      };
      client.once("connect", ({ reasonCode, returnCode }) => settle(() => resolve(reasonCode ?? returnCode ?? 0)));
      client.once("error", (error: Error & { code?: number }) =>
        settle(() => (typeof error.code === "number" ? resolve(error.code) : reject(error))),
      );
      client.once("close", () => settle(() => reject(new Error("closed without CONNACK"))));
    });
}

function viaMosquitto(version: "mqttv31" | "mqttv311" | "mqttv5"): ConnectOnce {
  return async (port, { clientId, username, password }) => {
    const args = ["-V", version, "-h", "127.0.0.1", "-p", String(port), "-i", clientId, "-u", username, "-P", password];
    const result = await run("mosquitto_pub", [...args, "-d", "-t", "none", "-m", "x"]);
    const code = /received CONNACK \((\d+)\)/.exec(result.stdout)?.[1];
    if (code === undefined) throw new Error(`no CONNACK: ${result.stdout}${result.stderr}`);
    return Number(code);
  };
}

const pahoScript = `
import sys, paho.mqtt.client as mqtt
port, version, client_id, username, password = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
client = mqtt.Client(client_id=client_id, protocol=version)
client.username_pw_set(username, password)
def connected(client, userdata, flags, code, properties=None):
    print(code if isinstance(code, int) else code.value, flush=True)
    client.disconnect()
client.on_connect = connected
client.connect("127.0.0.1", port, 10)
client.loop_forever(retry_first_connection=False)
`;

function viaPaho(protocolVersion: 4 | 5): ConnectOnce {
  return async (port, { clientId, username, password }) => {
    const args = ["-c", pahoScript, String(port), String(protocolVersion), clientId, username, password];
    const result = await run("/usr/bin/python3", args, { timeoutMs: 10_000 });
    const code = /^\d+/.exec(result.stdout)?.[0];
    if (code === undefined) throw new Error(`no CONNACK: ${result.stdout}${result.stderr}`);
    return Number(code);
  };
}

/** Real clients by name, with the MQTT version they speak. */
export const realClients: readonly { name: string; version: 3 | 4 | 5; connect: ConnectOnce }[] = [
  { name: "mqtt.js 3.1", version: 3, connect: viaMqttJs(3) },
  { name: "mqtt.js 3.1.1", version: 4, connect: viaMqttJs(4) },
  { name: "mqtt.js 5", version: 5, connect: viaMqttJs(5) },
  { name: "mosquitto 3.1", version: 3, connect: viaMosquitto("mqttv31") },
  { name: "mosquitto 3.1.1", version: 4, connect: viaMosquitto("mqttv311") },
  { name: "mosquitto 5", version: 5, connect: viaMosquitto("mqttv5") },
  { name: "paho 3.1.1", version: 4, connect: viaPaho(4) },
  { name: "paho 5", version: 5, connect: viaPaho(5) },
];
