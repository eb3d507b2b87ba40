import type { ListenerState } from "../api/listeners.ts";
import { listenerDefaults } from "../config-defaults.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { listenTcp, listenTls, listenWs, type OpenListener, type TlsTexts } from "./listen.ts";

/** Which ports are wanted; 0 or nothing: any free one. */
export interface ListenerPorts {
  tcpPort?: number;
  wsPort?: number;
  tlsPort?: number;
  wssPort?: number;
  tls?: TlsTexts;
}

export interface OpenPorts {
  tcp: number;
  ws: number;
  tls?: number;
  wss?: number;
}

type Type = "tcp" | "ws" | "ssl" | "wss";

/** The node's MQTT listeners: tcp and ws, and with a certificate ssl and wss; each keeps its port. */
export class Listeners {
  readonly #node: StandInNode;
  readonly #tls: TlsTexts | undefined;
  readonly #ports: Record<Type, number>;
  #open = new Map<Type, OpenListener>();

  constructor(node: StandInNode, { tls, tcpPort = 0, wsPort = 0, tlsPort = 0, wssPort = 0 }: ListenerPorts) {
    this.#node = node;
    this.#tls = tls;
    this.#ports = { tcp: tcpPort, ws: wsPort, ssl: tlsPort, wss: wssPort };
    node.listeners = () => this.#states();
  }

  async open(): Promise<OpenPorts> {
    const accept = this.#node.broker.accept.bind(this.#node.broker);
    this.#keep("tcp", await listenTcp(this.#ports.tcp, accept));
    this.#keep("ws", await listenWs(this.#ports.ws, undefined, accept));
    if (!this.#tls) return { tcp: this.#ports.tcp, ws: this.#ports.ws };
    this.#keep("ssl", await listenTls(this.#ports.ssl, this.#tls, accept));
    this.#keep("wss", await listenWs(this.#ports.wss, this.#tls, accept));
    return { tcp: this.#ports.tcp, ws: this.#ports.ws, tls: this.#ports.ssl, wss: this.#ports.wss };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((listener) => listener.close()));
    this.#open.clear();
  }

  #keep(type: Type, listener: OpenListener): void {
    this.#open.set(type, listener);
    this.#ports[type] = listener.port;
  }

  #states(): ListenerState[] {
    return (["ssl", "tcp", "ws", "wss"] as const).map((type) => {
      const running = this.#open.has(type);
      const usual = { tcp: 1883, ws: 8083, ssl: 8883, wss: 8084 }[type];
      return {
        config: listenerDefaults(type, `127.0.0.1:${running ? this.#ports[type] : usual}`, running),
        running,
        connections: this.#node.broker.connectionsOf(`${type}:default`),
      };
    });
  }
}
