import mqtt, { type IConnackPacket, type IPublishPacket } from "mqtt";
import { clientOptions } from "./client-options.ts";
import { type Connection, type ConnectionEnd, ConnectRefused, type IncomingMessage } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { DeviceCredentials } from "./device-credentials.ts";
import { MqttConnection } from "./mqtt-connection.ts";

/**
 * One CONNECT. Rejects with `ConnectRefused`, with what kept it from reaching the broker, or with the reason of `signal`,
 * and leaves no socket. No retries and no loop: `createDevice` has those.
 * @param onMessage may be called before this resolves: a broker that kept the session sends at once what waited
 */
export async function openConnection(
  options: ConnectionOptions,
  credentials: DeviceCredentials,
  onMessage: (message: IncomingMessage) => void,
  signal?: AbortSignal,
): Promise<Connection> {
  signal?.throwIfAborted();
  const client = mqtt.connect(options.url, clientOptions(options, credentials));
  const farewell = { isSaid: false };
  client.handleMessage = (packet, acknowledge) => {
    // After the goodbye no acknowledgement counts: the broker sends it again on the next connection, and it is told then.
    if (farewell.isSaid && packet.qos > 0) return acknowledge(new Error("too late for this connection"));
    onMessage(incomingMessage(packet));
    acknowledge();
  };
  let stopped = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<Connection>((resolve, reject) => {
      let end: ConnectionEnd = {};
      const close = (error: Error) => {
        end = { ...end, error };
        reject(error);
        client.end(true);
      };
      timer = setTimeout(
        () => close(new Error(`no answer to CONNECT within ${options.timeoutSeconds} s`)),
        options.timeoutSeconds * 1000,
      );
      stopped = () => close(signal?.reason);
      signal?.addEventListener("abort", stopped, { once: true });
      const ended = new Promise<ConnectionEnd>((over) => {
        client.once("close", () => {
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
      client.once("connect", (connack: IConnackPacket) => {
        resolve(new MqttConnection(client, connack, ended, farewell));
      });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stopped);
  }
}

function incomingMessage({ topic, payload, qos, retain, dup }: IPublishPacket): IncomingMessage {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  return { topic, payload: bytes, qos, retain, isDuplicate: dup };
}
