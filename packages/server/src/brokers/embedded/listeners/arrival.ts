import type { Duplex } from "node:stream";

/** The doors of the embedded broker: MQTT over TCP, WebSocket, TLS, and WebSocket over TLS. */
export type ListenerName = "tcp" | "ws" | "tls" | "wss";

export const listenerNames = ["tcp", "ws", "tls", "wss"] as const satisfies readonly ListenerName[];

/** A connection that is through its TLS and WebSocket handshakes: what comes next is MQTT. */
export interface Arrival {
  stream: Duplex;
  listener: ListenerName;
  /** Textual IP address; empty if the peer was gone before we could ask. */
  peerHost: string;
  certificate?: CertificateNames;
  /** To be called when its CONNECT has been read. */
  connectCame?(): void;
}

/** Texts of a client certificate that was verified against our client CA, as EMQX writes them. */
export interface CertificateNames {
  /** `cert_common_name` */
  commonName?: string;
  /** `cert_subject` */
  subject?: string;
}
