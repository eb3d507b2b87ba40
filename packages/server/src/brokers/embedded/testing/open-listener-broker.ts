import type { EmbeddedBrokerOptions } from "../embedded-broker.ts";
import { materialWithClients } from "./lab-certificates.ts";
import { openTestBroker, type TestBroker } from "./open-test-broker.ts";

export interface ListenerBroker extends TestBroker {
  /** Port of each listener; all are on 127.0.0.1. */
  ports: { tcp: number; ws: number; tls: number; wss: number };
}

/** A test broker with all four listeners, that takes client certificates of the test CA. */
export async function openListenerBroker(options: Partial<EmbeddedBrokerOptions> = {}): Promise<ListenerBroker> {
  const { tls, webSocket, ...others } = options;
  const server = await openTestBroker({
    webSocket: { port: 0, ...webSocket },
    tls: { material: materialWithClients, port: 0, webSocketPort: 0, ...tls },
    ...others,
  });
  const portOf = (name: "tcp" | "ws" | "tls" | "wss") => server.broker.addresses[name]?.port ?? 0;
  return { ...server, ports: { tcp: portOf("tcp"), ws: portOf("ws"), tls: portOf("tls"), wss: portOf("wss") } };
}
