import { parser as createParser, type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";
import type { Authorizer } from "../authz/authorizer.ts";
import type { ClientInfo } from "../client-info.ts";
import type { EventClient } from "./event-columns.ts";
import type { Peer } from "./peer.ts";
import type { Session, Wire } from "./session.ts";
import { disconnect } from "./write-packets.ts";

const connectTimeoutMs = 15_000;

/** What a broker does with packets: one after the other, the next when the last is done. */
export interface PacketHandler {
  connect(connection: ClientConnection, packet: IConnectPacket): Promise<void>;
  packet(connection: ClientConnection, packet: Packet): Promise<void> | void;
  /** Once, for a connection that had been let in. */
  gone(connection: ClientConnection, reason: string): void;
}

/** What a connection knows once its client was let in. */
export interface Admitted {
  client: ClientInfo;
  event: EventClient;
  session: Session;
  authorizer: Authorizer;
  will: IConnectPacket["will"] | undefined;
  expiresAtSeconds: number | undefined;
  connectedAt: number;
}

/** One MQTT connection. */
export class ClientConnection implements Wire {
  readonly peer: Peer;
  version = 4;
  admitted: Admitted | undefined;
  /** Topics that the client has given numbers. */
  readonly #aliases = new Map<number, string>();
  readonly #handler: PacketHandler;
  readonly #timers = new Set<NodeJS.Timeout>();
  #queue: Promise<void> = Promise.resolve();
  #keepAlive: { ms: number; timer: NodeJS.Timeout | undefined } = { ms: 0, timer: undefined };
  #sawConnect = false;
  #ended = false;

  constructor(peer: Peer, handler: PacketHandler) {
    this.peer = peer;
    this.#handler = handler;
    const parser = createParser();
    const idle = this.after(connectTimeoutMs, () => {
      if (!this.#sawConnect) this.end("idle_timeout");
    });
    parser.on("packet", (packet) => {
      clearTimeout(idle);
      this.#touch();
      this.#take(packet);
    });
    parser.on("error", () => this.#next(() => this.end("internal_error")));
    peer.stream.on("data", (bytes: Buffer) => parser.parse(bytes));
    peer.stream.on("error", () => {});
    peer.stream.on("end", () => this.#next(() => this.end("tcp_closed")));
    peer.stream.on("close", () => this.end("tcp_closed"));
  }

  get open(): boolean {
    return !this.#ended;
  }

  write(bytes: Buffer): void {
    if (!this.#ended) this.peer.stream.write(bytes);
  }

  /** Ends it; an MQTT 5 client is told why. */
  end(reason: string, reasonCode?: number): void {
    if (this.#ended) return;
    if (reasonCode !== undefined && this.version === 5 && this.admitted) this.write(disconnect(reasonCode));
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#keepAlive.timer);
    this.peer.stream.end();
    if (this.admitted) this.#handler.gone(this, reason);
  }

  /** At some time, unless the connection has ended before. */
  after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
    this.#timers.add(timer);
    return timer;
  }

  /** Ends it after one and a half times this without a packet. */
  watchKeepAlive(seconds: number): void {
    this.#keepAlive.ms = seconds * 1500;
    this.#touch();
  }

  #touch(): void {
    clearTimeout(this.#keepAlive.timer);
    if (this.#keepAlive.ms > 0 && !this.#ended)
      this.#keepAlive.timer = setTimeout(() => this.end("keepalive_timeout", 0x8d), this.#keepAlive.ms);
  }

  #take(packet: Packet): void {
    if (packet.cmd === "connect" && !this.#sawConnect) {
      this.#sawConnect = true;
      this.version = packet.protocolVersion ?? 4;
      this.#next(() => this.#handler.connect(this, packet));
      return;
    }
    if (packet.cmd === "publish") this.#resolveAlias(packet);
    this.#next(() => (this.admitted ? this.#handler.packet(this, packet) : this.end("protocol_error")));
  }

  #resolveAlias(packet: IPublishPacket): void {
    const alias = packet.properties?.topicAlias;
    if (alias === undefined) return;
    if (packet.topic !== "") this.#aliases.set(alias, packet.topic);
    packet.topic = this.#aliases.get(alias) ?? "";
    delete packet.properties?.topicAlias;
  }

  #next(run: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(() => (this.#ended ? undefined : run())).catch(() => this.end("internal_error"));
  }
}
