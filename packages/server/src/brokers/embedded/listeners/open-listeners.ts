import type { TlsMaterial } from "../../../tls/tls-material.ts";
import { type Arrival, type ListenerName, listenerNames } from "./arrival.ts";
import { createDoors } from "./create-doors.ts";
import { type Address, type ListenerParts, type OpenListener, openListener } from "./open-listener.ts";

export interface ListenerOptions {
  /** Address to listen on. */
  host: string;
  /** MQTT over TCP; 0 takes a free port, as in all of these. Absent: no such listener. */
  port?: number;
  /** WebSocket, plain and over TLS. */
  webSocket?: {
    /** Plain WebSocket; absent: no such listener. */
    port?: number;
    /** `/mqtt` unless given. */
    path?: string;
    /** Origins of web pages that may connect beside those of the same host and of the user's own machine; `*`: all. */
    allowedOrigins?: readonly string[];
  };
  tls?: {
    material: TlsMaterial;
    /** Turn away whoever has no certificate that `material.clientCa` vouches for. */
    requireClientCertificate?: boolean;
    /** MQTT over TLS; absent: no such listener. */
    port?: number;
    /** WebSocket over TLS; absent: no such listener. */
    webSocketPort?: number;
  };
}

export interface Listeners {
  addresses: Partial<Record<ListenerName, Address>>;
  /** Makes the handshakes to come with another certificate. Throws for an unusable one. */
  renewTls(material: TlsMaterial): void;
  /** Accepts nobody any more and drops who is in a handshake; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** Opens the listeners that have a port: all or none. `arrive` gets every connection that is ready for MQTT. */
export async function openListeners(
  options: ListenerOptions,
  parts: ListenerParts,
  arrive: (arrival: Arrival) => void,
): Promise<Listeners> {
  const { host, port, webSocket, tls } = options;
  const ports = { tcp: port, ws: webSocket?.port, tls: tls?.port, wss: tls?.webSocketPort };
  const { doors, renewTls, dropNewcomers } = createDoors(options, parts, arrive);
  const open: OpenListener[] = [];
  const addresses: Listeners["addresses"] = {};
  const close = async () => {
    const closed = open.map((listener) => listener.close());
    dropNewcomers();
    await Promise.all(closed);
  };
  try {
    for (const name of listenerNames) {
      const wanted = ports[name];
      if (wanted === undefined) continue;
      const listener = await openListener({ host, port: wanted }, parts, doors[name]);
      open.push(listener);
      addresses[name] = listener.address;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, renewTls, close };
}
