import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Peer } from "./peer.ts";

export interface TlsTexts {
  cert: string;
  key: string;
  ca?: string;
}

/** A listener that was opened. */
export interface OpenListener {
  port: number;
  close(): Promise<void>;
}

type Accept = (peer: Peer) => void;

const subprotocols = ["mqtt", "mqtt-v3", "mqtt-v3.1.1", "mqtt-v5"];

export async function listenTcp(port: number, accept: Accept): Promise<OpenListener> {
  return open(
    createServer((socket) => accept(peerOf(socket, socket, "tcp:default"))),
    port,
  );
}

export async function listenTls(port: number, tls: TlsTexts, accept: Accept): Promise<OpenListener> {
  return open(
    createTlsServer(tlsOptions(tls), (socket) => accept(peerOf(socket, socket, "ssl:default"))),
    port,
  );
}

/** MQTT over WebSocket on /mqtt; a client must offer one of MQTT's subprotocols. */
export async function listenWs(port: number, tls: TlsTexts | undefined, accept: Accept): Promise<OpenListener> {
  const server = tls ? createHttpsServer(tlsOptions(tls)) : createHttpServer();
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  });
  server.on("upgrade", (request, socket, head) => {
    const offered = String(request.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
    const wrongPath = request.url?.split("?")[0] !== "/mqtt";
    if (wrongPath || !offered.some((name) => subprotocols.includes(name)))
      return socket.end(`HTTP/1.1 ${wrongPath ? "404 Not Found" : "400 Bad Request"}\r\ncontent-length: 0\r\n\r\n`);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = createWebSocketStream(webSocket);
      accept(peerOf(request.socket, stream, tls ? "wss:default" : "ws:default"));
    });
  });
  return open(server, port);
}

function tlsOptions({ cert, key, ca }: TlsTexts) {
  return ca === undefined ? { cert, key } : { cert, key, ca, requestCert: true, rejectUnauthorized: false };
}

async function open(server: Server, port: number): Promise<OpenListener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function peerOf(socket: Socket, stream: Duplex, listener: string): Peer {
  const plain = (address: string | undefined) => (address ?? "").replace(/^::ffff:/, "");
  const tls = socket as Partial<TLSSocket>;
  const subject = tls.authorized
    ? (tls.getPeerCertificate?.().subject as unknown as Record<string, string>)
    : undefined;
  return {
    stream,
    listener,
    host: plain(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    localHost: plain(socket.localAddress),
    localPort: socket.localPort ?? 0,
    certificateSubject:
      subject &&
      Object.entries(subject)
        .map(([name, value]) => `${name}=${value}`)
        .join(","),
    certificateCommonName: subject?.["CN"],
  };
}
