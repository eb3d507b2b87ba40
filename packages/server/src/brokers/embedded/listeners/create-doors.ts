import type { Socket } from "node:net";
import type { TlsMaterial } from "../../../tls/tls-material.ts";
import type { Arrival, CertificateNames, ListenerName } from "./arrival.ts";
import { Handshakes, peerHostOf } from "./handshakes.ts";
import type { ListenerParts } from "./open-listener.ts";
import type { ListenerOptions } from "./open-listeners.ts";
import { createTlsLayer, type TlsLayer } from "./tls-layer.ts";
import { createWebSocketLayer, type WebSocketLayer } from "./web-socket-layer.ts";

export interface Doors {
  /** What becomes of a new TCP connection at each listener. */
  doors: Record<ListenerName, (socket: Socket) => void>;
  renewTls(material: TlsMaterial): void;
  /** Ends the connections that are in a handshake. */
  dropNewcomers(): void;
}

/** Puts TLS and WebSocket together as each listener needs them. */
export function createDoors(
  { webSocket, tls }: ListenerOptions,
  { limits, reporter }: ListenerParts,
  arrive: (arrival: Arrival) => void,
): Doors {
  const stranger = (peerHost: string, detail?: string) => ({
    client: { id: null },
    peerHost,
    ...(detail !== undefined && { detail }),
  });
  const handshakes = new Handshakes({
    withinMs: limits.connectTimeoutMs,
    onLate: (peerHost) => reporter.trip("connect_timeout", stranger(peerHost, "the handshake was not finished")),
    onFailed: (peerHost, detail) => reporter.trip("handshake_failed", stranger(peerHost, detail)),
  });
  const contain = (socket: Socket, action: () => void) => {
    try {
      action();
    } catch (error) {
      reporter.trip("contained_exception", stranger(peerHostOf(socket)), error);
      socket.destroy();
    }
  };
  const arriveFrom = (socket: Socket, arrival: Omit<Arrival, "peerHost">) => {
    const peerHost = handshakes.end(socket);
    if (peerHost === undefined) socket.destroy();
    else arrive({ ...arrival, peerHost });
  };

  const webSocketLayer = (listener: ListenerName): WebSocketLayer =>
    createWebSocketLayer({
      path: webSocket?.path ?? "/mqtt",
      allowedOrigins: webSocket?.allowedOrigins ?? [],
      maxMessageBytes: limits.maxPacketBytes,
      maxFirstBytes: limits.maxConnectBytes,
      contain,
      onRefused: (socket, detail) => handshakes.fail(socket, detail),
      onUpgraded: (socket, stream, connectCame) =>
        arriveFrom(socket, { stream, listener, connectCame, ...certificateOf(certificates.get(socket)) }),
    });
  // Of TLS sockets that are on their way to a WebSocket.
  const certificates = new WeakMap<Socket, CertificateNames>();
  const tlsLayer = (onSecure: (socket: Socket, certificate: CertificateNames | undefined) => void) =>
    tls === undefined
      ? undefined
      : createTlsLayer({
          material: tls.material,
          requireClientCertificate: tls.requireClientCertificate ?? false,
          contain,
          onSecure,
          onUnverified: (socket, detail) =>
            reporter.trip("certificate_not_verified", stranger(peerHostOf(socket), detail)),
          onFailed: (socket, detail) => handshakes.fail(socket, detail),
        });

  const ws = webSocketLayer("ws");
  const wss = webSocketLayer("wss");
  const tlsOfMqtt = tlsLayer((stream, certificate) =>
    arriveFrom(stream, { stream, listener: "tls", ...certificateOf(certificate) }),
  );
  const tlsOfWebSocket = tlsLayer((socket, certificate) => {
    if (certificate !== undefined) certificates.set(socket, certificate);
    wss.take(socket);
  });
  const into = (layer: WebSocketLayer | TlsLayer | undefined) => (socket: Socket) => {
    handshakes.begin(socket);
    layer?.take(socket);
  };
  return {
    doors: {
      tcp: (stream) => contain(stream, () => arrive({ stream, listener: "tcp", peerHost: peerHostOf(stream) })),
      ws: into(ws),
      tls: into(tlsOfMqtt),
      wss: into(tlsOfWebSocket),
    },
    renewTls: (material) => {
      tlsOfMqtt?.renew(material);
      tlsOfWebSocket?.renew(material);
    },
    dropNewcomers: () => handshakes.dropAll(),
  };
}

function certificateOf(certificate: CertificateNames | undefined): Pick<Arrival, "certificate"> {
  return certificate === undefined ? {} : { certificate };
}
