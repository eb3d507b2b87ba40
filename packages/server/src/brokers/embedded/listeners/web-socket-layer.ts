import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type ServerOptions, WebSocketServer } from "ws";
import { boundFirstMessage } from "./bound-first-message.ts";
import { isAllowedOrigin } from "./check-origin.ts";
import { refuseUpgrade, type UpgradeRefusal } from "./refuse-upgrade.ts";
import { WebSocketStream } from "./web-socket-stream.ts";

export interface WebSocketLayerOptions {
  /** Path of the only resource there is; a query behind it means nothing. */
  path: string;
  /** Origins of pages that may connect, beside those `isAllowedOrigin` knows. */
  allowedOrigins: readonly string[];
  /** Longest message; longer ones close the connection with 1009. */
  maxMessageBytes: number;
  /** Longest message before `connectCame` was called. */
  maxFirstBytes: number;
  /** Runs what may throw; the connection ends when it does. */
  contain(socket: Socket, action: () => void): void;
  /** The upgrade is done. */
  onUpgraded(socket: Socket, stream: WebSocketStream, connectCame: () => void): void;
  /** The request was refused; the answer is on its way. `detail`: for the operator. */
  onRefused(socket: Socket, detail: string): void;
}

export interface WebSocketLayer {
  /** Takes a connection over for its HTTP upgrade. There is no deadline here. */
  take(socket: Socket): void;
}

/**
 * `mqtt` is the name of MQTT 3.1.1 and 5 [MQTT-6.0.0-3]; `mqttv3.1` is what mqtt.js and Paho ask for with 3.1, and what
 * Mosquitto and RabbitMQ accept.
 */
const subprotocols = ["mqtt", "mqttv3.1"];
/** How long a peer may take to answer our close frame. */
const closeTimeoutMs = 1_000;

/** WebSocket (RFC 6455) on connections that are given to it; everything else of HTTP is refused. */
export function createWebSocketLayer(options: WebSocketLayerOptions): WebSocketLayer {
  const { path, allowedOrigins, maxMessageBytes, maxFirstBytes, contain, onRefused, onUpgraded } = options;
  const serverOptions: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    closeTimeout: closeTimeoutMs,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  };
  const sockets = new WebSocketServer(serverOptions);
  const server = createServer((request, response) => {
    const text = `This is an MQTT broker. Connect with WebSocket to ${path}, subprotocol mqtt.\n`;
    response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade, close", "Content-Type": "text/plain" });
    response.end(text);
    onRefused(request.socket, "WebSocket: a plain HTTP request");
  });
  server.on("upgrade", (request, duplex, head) => {
    // What was given to `take`; Node says Duplex, as others may give it other streams.
    const socket = duplex as Socket;
    socket.on("error", () => socket.destroy());
    contain(socket, () => {
      const refusal = refusalOf(request, path, allowedOrigins);
      if (refusal !== undefined) return refuse(socket, refusal);
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const stream = new WebSocketStream(webSocket);
        onUpgraded(
          socket,
          stream,
          boundFirstMessage(webSocket, socket, maxFirstBytes, () => stream.refuseTooLarge()),
        );
      });
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
    else refuse(socket as Socket, { ...notHttp, detail: `${notHttp.detail} (${error.code})` });
  });
  const refuse = (socket: Socket, refusal: UpgradeRefusal) => {
    onRefused(socket, refusal.detail);
    refuseUpgrade(socket, refusal);
  };
  return { take: (socket) => void server.emit("connection", socket) };
}

const notHttp = { status: 400, text: "This is no HTTP request.\n", detail: "WebSocket: no HTTP request" } as const;

function refusalOf(
  { headers, url = "" }: IncomingMessage,
  path: string,
  allowedOrigins: readonly string[],
): UpgradeRefusal | undefined {
  const asked = url.split("?", 1)[0] ?? "";
  if (asked !== path) {
    return { status: 404, text: `No MQTT here. Try ${path}\n`, detail: `WebSocket: path ${asked}, ours is ${path}` };
  }
  const origin = headers.origin ?? (headers["sec-websocket-origin"] as string | undefined);
  if (!isAllowedOrigin(origin, headers.host, allowedOrigins)) {
    return {
      status: 403,
      text: "Pages of this origin may not connect.\n",
      detail: `WebSocket: Origin ${origin} is not in brokers.embedded.webSocket.allowedOrigins`,
    };
  }
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!subprotocols.some((name) => offered.includes(name))) {
    return {
      status: 400,
      text: "The WebSocket subprotocol mqtt is required.\n",
      detail: `WebSocket: subprotocol ${offered.join(", ") || "missing"}, not mqtt`,
    };
  }
  return undefined;
}
