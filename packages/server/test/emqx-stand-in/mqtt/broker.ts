import type { IConnectPacket, Packet } from "mqtt-packet";
import type { Allow } from "../authn/authenticator.ts";
import { Authorizer } from "../authz/authorizer.ts";
import type { JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { autoSubscribe } from "./auto-subscribe.ts";
import { ClientConnection, type PacketHandler } from "./client-connection.ts";
import * as columns from "./event-columns.ts";
import { findBan } from "./find-ban.ts";
import { handlePacket } from "./handle-packet.ts";
import type { Message } from "./message.ts";
import type { Peer } from "./peer.ts";
import { publishWill } from "./publish-will.ts";
import { type Arrival, readConnect } from "./read-connect.ts";
import { Router } from "./router.ts";
import { Session } from "./session.ts";
import { connackAllow, connackRefuse, type RefusalName } from "./write-packets.ts";

/** The MQTT side of a node. */
export class Broker implements PacketHandler {
  readonly node: StandInNode;
  readonly router = new Router();
  /** Who is connected, by client id. */
  readonly live = new Map<string, ClientConnection>();
  readonly #connections = new Set<ClientConnection>();
  readonly #expiries = new Map<string, NodeJS.Timeout>();
  /** What is known of the last connection of a session that is offline. */
  readonly offline = new Map<string, { connection: ClientConnection; since: number }>();

  constructor(node: StandInNode) {
    this.node = node;
    node.engine.onRepublish = (message) => this.publish({ ...message, payload: Buffer.from(message.payload) });
  }

  accept(peer: Peer): void {
    const connection = new ClientConnection(peer, this);
    this.#connections.add(connection);
    peer.stream.once("close", () => this.#connections.delete(connection));
  }

  connectionsOf(listener: string): number {
    return [...this.#connections].filter(({ peer, open }) => open && peer.listener === listener).length;
  }

  async connect(connection: ClientConnection, packet: IConnectPacket): Promise<void> {
    const arrival = readConnect(connection, packet, this.node);
    const { client, event } = arrival;
    const refuse = (reason: RefusalName) => {
      this.#emit("client_connack", columns.connack(event, reason));
      connection.write(connackRefuse(connection.version, reason));
      connection.end(reason);
    };
    if (client.clientId === "") return refuse("client_identifier_not_valid");
    if (findBan(this.node.state.bans, client)) return refuse("banned");
    const { result, anonymous } = await this.node.chain.authenticate(client);
    if (!connection.open) return;
    const allowed = result.result === "allow";
    const reason = allowed ? "success" : result.result === "deny" ? result.reason : "not_authorized";
    const superuser = allowed && result.superuser;
    this.#emit("client_check_authn_complete", columns.authnComplete(event, reason, superuser, anonymous));
    if (!allowed) return refuse(reason as RefusalName);
    this.#admit(connection, arrival, result);
  }

  packet(connection: ClientConnection, packet: Packet): Promise<void> | void {
    return handlePacket(this, connection, packet);
  }

  gone(connection: ClientConnection, reason: string): void {
    const { admitted } = connection;
    if (!admitted) return;
    const { client, session } = admitted;
    if (this.live.get(client.clientId) === connection) this.live.delete(client.clientId);
    session.detach();
    this.#emit("client_disconnected", columns.disconnected(admitted.event, reason));
    if (admitted.will) void publishWill(this, connection);
    if (reason === "takenover" || reason === "discarded") return;
    if (reason === "kicked" || session.expirySeconds === 0) {
      this.#forget(client.clientId);
      return;
    }
    this.offline.set(client.clientId, { connection, since: Date.now() });
    if (session.expirySeconds < 0xffffffff) this.#forgetLater(client.clientId, session.expirySeconds);
  }

  /** Ends the connection and the session. */
  kick(clientId: string): boolean {
    if (!this.router.sessions.has(clientId)) return false;
    this.live.get(clientId)?.end("kicked", 0x98);
    this.#forget(clientId);
    return true;
  }

  /** Routes a message of the API, a rule or a client; rules see it first. */
  publish(message: Partial<Message> & Pick<Message, "topic" | "payload" | "qos" | "retain">, noLocal?: string): number {
    const whole = columns.completeMessage(message);
    const seen = columns.message("message.publish", whole, { client_attrs: {} });
    this.node.engine.emit(whole.topic, seen);
    this.#emit("message_publish", seen);
    const receivers = this.router.route(whole, noLocal);
    if (receivers === 0)
      this.#emit("message_dropped", columns.message("message.dropped", whole, { reason: "no_subscribers" }));
    return receivers;
  }

  emit(event: string, values: Record<string, unknown>): void {
    this.#emit(event, values);
  }

  clearCaches(): void {
    for (const { admitted } of this.live.values()) admitted?.authorizer.clearCache();
  }

  /** As a node that stops: no session and no retained message survives. */
  close(): void {
    for (const timer of this.#expiries.values()) clearTimeout(timer);
    this.#expiries.clear();
    for (const connection of this.#connections) connection.end("shutdown", 0x8b);
    for (const connection of this.#connections) connection.peer.stream.destroy();
    this.offline.clear();
    this.router.clear();
  }

  #admit(connection: ClientConnection, arrival: Arrival, allow: Allow): void {
    const { client, event, assignedId, will } = arrival;
    Object.assign(client.clientAttrs, allow.clientAttrs);
    const old = this.router.sessions.get(client.clientId);
    this.live.get(client.clientId)?.end(event.cleanStart ? "discarded" : "takenover", 0x8e);
    this.offline.delete(client.clientId);
    clearTimeout(this.#expiries.get(client.clientId));
    const session = event.cleanStart || !old ? new Session(client.clientId) : old;
    session.expirySeconds = event.expirySeconds;
    this.router.sessions.set(client.clientId, session);
    const settings = (): JsonObject => this.node.state.settings;
    const authorizer = new Authorizer(client, allow, this.node.sources, settings);
    const connectedAt = Date.now();
    const { expiresAtSeconds } = allow;
    connection.admitted = { client, event, session, authorizer, will, expiresAtSeconds, connectedAt };
    this.live.set(client.clientId, connection);
    connection.write(connackAllow(connection.version, session === old, assignedId));
    this.#emit("client_connected", columns.connected(event, connectedAt));
    this.#emit("client_connack", columns.connack(event, "success"));
    if (event.keepAlive > 0) connection.watchKeepAlive(event.keepAlive);
    if (expiresAtSeconds !== undefined)
      connection.after(expiresAtSeconds * 1000 - Date.now(), () => connection.end("not_authorized", 0x87));
    session.attach(connection);
    autoSubscribe(this, connection);
  }

  #emit(event: string, values: Record<string, unknown>): void {
    this.node.engine.emit(`$events/${event}`, values);
  }

  #forget(clientId: string): void {
    clearTimeout(this.#expiries.get(clientId));
    this.#expiries.delete(clientId);
    this.offline.delete(clientId);
    this.router.sessions.delete(clientId);
  }

  #forgetLater(clientId: string, seconds: number): void {
    const timer = setTimeout(() => this.#forget(clientId), Math.min(seconds * 1000, 2 ** 31 - 1));
    timer.unref();
    this.#expiries.set(clientId, timer);
  }
}
