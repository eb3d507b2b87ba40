import type { Socket } from "node:net";
import type { ConnectRequest, Decision } from "@connack/credentials";
import type { Client, ConnackPacket } from "aedes";
import { acceptSocket, announce } from "./accept-socket.ts";
import type { BrokerContext, DenyAction } from "./broker-context.ts";
import type { BrokerSizes } from "./broker-sizes.ts";
import { describePeer } from "./connection.ts";
import { Connections } from "./connections.ts";
import { createAedes } from "./create-aedes.ts";
import type { EmbeddedBrokerEvent, KickReason } from "./embedded-broker-event.ts";
import { type EmbeddedBrokerLimits, resolveLimits } from "./embedded-broker-limits.ts";
import { endConnection } from "./end-connection.ts";
import { type ListenerOptions, type Listeners, openListeners } from "./listeners/open-listeners.ts";
import { Reporter } from "./reporter.ts";
import { StaleDecisions } from "./stale-decisions.ts";

export { embeddedBrokerNotice } from "./notice.ts";

export interface EmbeddedBrokerOptions extends ListenerOptions {
  /** Whether a device may connect, and with which rights. An exception, a rejection or no answer in time is a refusal. */
  decideConnect(request: ConnectRequest): Promise<Decision>;
  /** Told what happens; must not take long. What it throws is counted and otherwise ignored. */
  onEvent?(event: EmbeddedBrokerEvent): void;
  /** Errors that were contained: what `decideConnect` or `onEvent` threw, a failure inside aedes. At most one a second of a kind. */
  onError?(error: unknown): void;
  /**
   * `ignore` (unless given): a denied publish is dropped, with PUBACK or PUBREC 0x87 in MQTT 5 and an ordinary one before
   * it; a denied filter is answered in the SUBACK. `disconnect`: the client is cut, with DISCONNECT 0x87 in MQTT 5.
   */
  denyAction?: DenyAction;
  limits?: Partial<EmbeddedBrokerLimits>;
  /** Unix milliseconds; `Date.now` unless given. */
  nowMs?: () => number;
}

export interface EmbeddedBroker {
  /** Where it listens. */
  addresses: Listeners["addresses"];
  /** Makes the handshakes to come with another certificate. Throws for an unusable one; the old one then stays. */
  renewTls: Listeners["renewTls"];
  /** Clients whose CONNECT was accepted and that are still there. */
  connections(): number;
  /** Devices that are let in, and with which client id; one for each connection. */
  connected(): { deviceId: string; clientId: string }[];
  /** Ends all connections of a device, whatever their client ids; returns how many. Their rights end at once. */
  kickDevice(deviceId: string, why: KickReason): number;
  /** Puts these in force for what happens from now on; who is connected stays. */
  configure(settings: { denyAction: DenyAction; maxConnections: number }): void;
  /** How often each kind of event and each guard (`guard.<name>`) occurred since the start. */
  counters(): Record<string, number>;
  sizes(): BrokerSizes;
  /** Ends all connections (MQTT 5: 0x8B) and stops listening; within 5 seconds. May be called again. */
  close(): Promise<void>;
}

const sweepIntervalMs = 60_000;

/**
 * Starts an MQTT broker (3.1, 3.1.1 and 5 over TCP, WebSocket, TLS and both) in this process. Rejects with the
 * listener's own error, such as `EADDRINUSE`, with that of OpenSSL for a certificate or key that is not usable, and with
 * RangeError for a limit that is not.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const limits = resolveLimits(options.limits);
  const nowMs = options.nowMs ?? Date.now;
  const connections = new Connections();
  const reporter = new Reporter(options.onEvent?.bind(options), nowMs, options.onError?.bind(options));
  const staleDecisions = new StaleDecisions();
  const { aedes, context, sizes } = await createAedes({
    limits,
    nowMs,
    connections,
    reporter,
    staleDecisions,
    decideConnect: options.decideConnect.bind(options),
    denyAction: options.denyAction ?? "ignore",
    grantedFilters: new WeakSet(),
  });
  aedes.on("connackSent", (packet, client) => noteAnswer(context, packet, client));

  let closing: Promise<void> | undefined;
  const sockets = new Set<Socket>();
  const closeAedes = () => new Promise<void>((resolve) => aedes.close(resolve));
  const listeners = await openListeners(options, { limits, reporter, sockets }, (arrival) =>
    closing === undefined ? acceptSocket(aedes, context, arrival) : arrival.stream.destroy(),
  ).catch(async (error: unknown) => {
    await closeAedes();
    throw error;
  });
  const sweep = setInterval(() => context.sessions.sweep(), sweepIntervalMs);
  sweep.unref();

  async function close(): Promise<void> {
    clearInterval(sweep);
    const closed = listeners.close();
    for (const connection of connections.all()) endConnection(connection, "shutdown");
    await closed;
    await closeAedes();
  }

  return {
    addresses: listeners.addresses,
    renewTls: listeners.renewTls,
    connections: () => connections.connected,
    connected: () =>
      connections.all().flatMap(({ access, client, ended }) => {
        return access && ended === undefined ? [{ deviceId: access.deviceId, clientId: client.id }] : [];
      }),
    kickDevice: (deviceId, why) => {
      staleDecisions.kicked(deviceId, why);
      return connections.ofDevice(deviceId).filter((connection) => endConnection(connection, why)).length;
    },
    configure({ denyAction, maxConnections }) {
      context.denyAction = denyAction;
      limits.maxConnections = maxConnections;
    },
    counters: () => reporter.counters(),
    sizes: () => ({ connections: { used: sockets.size, most: limits.maxConnections }, ...sizes() }),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** The CONNACK is out: the deadline is over. Refusals that aedes gives by itself become events here. */
function noteAnswer(context: BrokerContext, packet: ConnackPacket, client: Client): void {
  const connection = context.connections.of(client);
  if (connection === undefined) return;
  connection.answered?.();
  const code = packet.reasonCode ?? packet.returnCode ?? 0;
  if (code === 0) announce(context, connection);
  if (code === 0 || connection.refused) return;
  connection.refused = true;
  const reason = code === identifierRejected ? "bad_client_id" : "malformed_request";
  context.reporter.report({ type: "refused", reason, by: "broker", ...describePeer(connection) });
}

/** MQTT 3.1 and 3.1.1: an empty client id with Clean Session 0 [MQTT-3.1.3-8]. */
const identifierRejected = 2;
