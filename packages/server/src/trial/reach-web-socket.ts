import type { ClientRequest, IncomingMessage } from "node:http";
import type { BrokerTarget } from "./broker-target.ts";

/** A WebSocket was not opened; the message follows "what answers …". */
export class NoWebSocket extends Error {
  override readonly name = "NoWebSocket";
}

/**
 * Opens a WebSocket for MQTT and closes it: the MQTT client that comes after does not tell why it could not. Rejects with
 * `NoWebSocket`, or an error of network or TLS with its code.
 */
export async function reachWebSocket({ url, tls = {}, timeoutSeconds }: BrokerTarget): Promise<string> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(url, "mqtt", { ...tls, handshakeTimeout: timeoutSeconds * 1000 });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_request: ClientRequest, { statusCode }: IncomingMessage) =>
        reject(new NoWebSocket(`takes no WebSocket there: HTTP ${statusCode}`)),
      );
      // Also later ones: nobody waits for this socket then.
      socket.on("error", (error: NodeJS.ErrnoException) =>
        reject(
          error.code?.startsWith("E") ? error : new NoWebSocket(`does not speak MQTT over WebSocket: ${error.message}`),
        ),
      );
    });
  } finally {
    socket.terminate();
  }
  return `${new URL(url).pathname} takes a WebSocket for MQTT`;
}
