import { createServer, type Server } from "node:net";
import type { ConnectRequest, Decision } from "@connack/credentials";
import type { Client, ConnackPacket } from "aedes";
import { acceptSocket, announce } from "./accept-socket.ts";
import type { BrokerContext } from "./broker-context.ts";
import { describePeer } from "./connection.ts";
import { Connections } from "./connections.ts";
import { createAedes } from "./create-aedes.ts";
import type { EmbeddedBrokerEvent, KickReason } from "./embedded-broker-event.ts";
import { type EmbeddedBrokerLimits, resolveLimits } from "./embedded-broker-limits.ts";
import { endConnection } from "./end-connection.ts";
import { Reporter } from "./reporter.ts";
import { StaleDecisions } from "./stale-decisions.ts";

export { embeddedBrokerNotice } from "./notice.ts";

export interface EmbeddedBrokerOptions {
  /** Address to listen on. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Whether a device may connect, and with which rights. An exception, a rejection or no answer in time is a refusal. */
  decideConnect(request: ConnectRequest): Promise<Decision>;
  /** Told what happens; must not take long. What it throws is counted and otherwise ignored. */
  onEvent?(event: EmbeddedBrokerEvent): void;
  /** Errors that were contained: what `decideConnect` or `onEvent` threw, a failure inside aedes. At most one a second of a kind. */
  onError?(error: unknown): void;
  limits?: Partial<EmbeddedBrokerLimits>;
  /** Unix milliseconds; `Date.now` unless given. */
  nowMs?: () => number;
}

export interface EmbeddedBroker {
  /** Where it listens. */
  address: { host: string; port: number };
  /** Clients whose CONNECT was accepted and that are still there. */
  connections(): number;
  /** Ends all connections of a device, whatever their client ids; returns how many. Their rights end at once. */
  kickDevice(deviceId: string, why: KickReason): number;
  /** How often each kind of event and each guard (`guard.<name>`) occurred since the start. */
  counters(): Record<string, number>;
  /** Ends all connections (MQTT 5: 0x8B) and stops listening; within 5 seconds. May be called again. */
  close(): Promise<void>;
}

const sweepIntervalMs = 60_000;

/**
 * Starts an MQTT broker (3.1, 3.1.1 and 5 over TCP) in this process. Rejects with the listener's own error, such as
 * `EADDRINUSE`, and with RangeError for a limit that is not usable.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const limits = resolveLimits(options.limits);
  const nowMs = options.nowMs ?? Date.now;
  const connections = new Connections();
  const reporter = new Reporter(options.onEvent?.bind(options), nowMs, options.onError?.bind(options));
  const staleDecisions = new StaleDecisions();
  const { aedes, context } = await createAedes({
    limits,
    nowMs,
    connections,
    reporter,
    staleDecisions,
    decideConnect: options.decideConnect.bind(options),
    grantedFilters: new WeakSet(),
  });
  aedes.on("connackSent", (packet, client) => noteAnswer(context, packet, client));

  let closing: Promise<void> | undefined;
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    const isFull = connections.open >= limits.maxConnections;
    if (isFull) reporter.trip("too_many_connections");
    if (isFull || closing !== undefined) return socket.destroy();
    try {
      acceptSocket(aedes, context, socket);
    } catch (error) {
      reporter.trip("contained_exception", undefined, error);
      socket.destroy();
    }
  });
  const closeAedes = () => new Promise<void>((resolve) => aedes.close(resolve));
  try {
    await listen(server, options);
  } catch (error) {
    await closeAedes();
    throw error;
  }
  // For example no file descriptors left when a client connects.
  server.on("error", (error) => reporter.trip("broker_error", undefined, error));
  const sweep = setInterval(() => context.sessions.sweep(), sweepIntervalMs);
  sweep.unref();

  async function close(): Promise<void> {
    clearInterval(sweep);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of connections.all()) endConnection(connection, "shutdown");
    await closed;
    await closeAedes();
  }

  return {
    address: addressOf(server),
    connections: () => connections.connected,
    kickDevice: (deviceId, why) => {
      staleDecisions.kicked(deviceId, why);
      return connections.ofDevice(deviceId).filter((connection) => endConnection(connection, why)).length;
    },
    counters: () => reporter.counters(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function listen(server: Server, { host, port }: EmbeddedBrokerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function addressOf(server: Server): { host: string; port: number } {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return { host: address.address, port: address.port };
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
