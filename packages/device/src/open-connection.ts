import mqtt, { type IConnackPacket, type MqttClient } from "mqtt";
import { clientOptions } from "./client-options.ts";
import {
  type Connection,
  type ConnectionEnd,
  ConnectRefused,
  type IncomingMessage,
  type PublishOutcome,
} from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { DeviceCredentials } from "./device-credentials.ts";
import type { OutgoingMessage } from "./publish-queue.ts";

/**
 * One CONNECT. Rejects with `ConnectRefused`, or with what kept it from reaching the broker. No retries and no loop:
 * `createDevice` has those.
 */
export function openConnection(
  options: ConnectionOptions,
  credentials: DeviceCredentials,
  onMessage: (message: IncomingMessage) => void,
): Promise<Connection> {
  const client = mqtt.connect(options.url, clientOptions(options, credentials));
  return new Promise((resolve, reject) => {
    let end: ConnectionEnd = {};
    const close = (error: Error) => {
      end = { ...end, error };
      reject(error);
      client.end(true);
    };
    const timer = setTimeout(
      () => close(new Error(`no answer to CONNECT within ${options.timeoutSeconds} s`)),
      options.timeoutSeconds * 1000,
    );
    const ended = new Promise<ConnectionEnd>((over) => {
      client.once("close", () => {
        clearTimeout(timer);
        over(end);
        close(end.error ?? new Error("the connection was closed before an answer to CONNECT"));
      });
    });
    client.on("error", (error: Error & { code?: unknown }) => {
      close(typeof error.code === "number" && !client.connected ? new ConnectRefused(error.code) : error);
    });
    client.on("disconnect", ({ reasonCode }) => {
      if (reasonCode !== undefined) end = { ...end, code: reasonCode };
    });
    client.on("message", (topic, payload, { qos, retain, dup }) =>
      onMessage({ topic, payload, qos, retain, isDuplicate: dup }),
    );
    client.once("connect", (connack: IConnackPacket) => {
      clearTimeout(timer);
      resolve(new MqttConnection(client, connack, ended));
    });
  });
}

class MqttConnection implements Connection {
  readonly sessionPresent: boolean;
  readonly receiveMaximum: number;
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;

  constructor(client: MqttClient, { sessionPresent, properties }: IConnackPacket, ended: Promise<ConnectionEnd>) {
    this.#client = client;
    this.sessionPresent = sessionPresent;
    this.receiveMaximum = properties?.receiveMaximum ?? 65_535;
    this.ended = ended;
  }

  publish({ topic, payload, qos, retain }: OutgoingMessage, done: (outcome: PublishOutcome) => void): void {
    // mqtt.js has Buffer's view of bytes, in browsers too.
    this.#client.publish(topic, payload as Buffer, { qos, retain }, (error) => {
      const code = (error as { code?: unknown } | undefined)?.code;
      if (!error) done("acknowledged");
      else done(typeof code === "number" && code >= 128 ? code : "not sent");
    });
  }

  async subscribe(filter: string, qos: 0 | 1 | 2): Promise<number> {
    try {
      const [granted] = await this.#client.subscribeAsync(filter, { qos });
      return granted?.qos ?? 128;
    } catch (error) {
      const granted = (error as { packet?: { granted?: unknown[] } }).packet?.granted?.[0];
      if (typeof granted === "number") return granted;
      throw error;
    }
  }

  async unsubscribe(filter: string): Promise<void> {
    await this.#client.unsubscribeAsync(filter);
  }

  check(timeoutMs: number): void {
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.#client.once("packetreceive", () => clearTimeout(timer));
    void this.ended.then(() => clearTimeout(timer));
    this.#client.sendPing();
  }

  async end(timeoutMs: number): Promise<void> {
    // The client would wait for ever for what the broker does not acknowledge.
    for (const id of Object.keys((this.#client as unknown as { outgoing: object }).outgoing)) {
      this.#client.removeOutgoingMessage(Number(id));
    }
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.#client.end(false);
    await this.ended;
    clearTimeout(timer);
  }

  destroy(): void {
    this.#client.end(true);
  }
}
