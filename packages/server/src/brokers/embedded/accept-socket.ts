import type { Socket } from "node:net";
import type { Aedes, Client } from "aedes";
import { clientInternalsOf } from "./aedes-internals.ts";
import type { BrokerContext } from "./broker-context.ts";
import { type Connection, describePeer } from "./connection.ts";
import type { DisconnectReason } from "./embedded-broker-event.ts";
import { endConnection } from "./end-connection.ts";
import { EventBudget } from "./event-budget.ts";
import { answerEveryFilter } from "./guards/answer-every-filter.ts";
import { containClient } from "./guards/contain-client.ts";
import { checkAnswerFits } from "./guards/fit-packets.ts";
import { closeUnlessAnswered } from "./guards/handshake-deadline.ts";
import { inspectPacket, MalformedPacket } from "./guards/inspect-packet.ts";
import { readWhileItReads } from "./guards/read-while-it-reads.ts";
import type { Arrival } from "./listeners/arrival.ts";

/** Beyond the times for the CONNECT and for the decision: work of our own between them. */
const handshakeSlackMs = 1_000;

/** Makes a client of a connection, behind all guards that concern a single client. */
export function acceptSocket(aedes: Aedes, context: BrokerContext, arrival: Arrival): void {
  const { connections, limits, reporter } = context;
  const socket = arrival.stream;
  // Typed for sockets; aedes uses only what every stream has.
  const client = aedes.handle(socket as Socket);
  const connection = createConnection(client, arrival, limits.deniedEventsPerMinute);
  connections.add(connection);
  socket.once("close", () => forget(context, connection));

  const inner = clientInternalsOf(client);
  readWhileItReads(client, socket);
  containClient(client, {
    maxConnectBytes: limits.maxConnectBytes,
    inspect: (packet) => {
      inspectPacket(packet, limits.maxConnectBytes);
      checkAnswerFits(packet, inner);
      answerEveryFilter(packet);
      if (packet.cmd === "connect") arrival.connectCame?.();
      if (packet.cmd === "disconnect") connection.saidGoodbye = true;
      if (packet.cmd === "unsubscribe") forgetFilters(connection, packet.unsubscriptions);
    },
    fail: (error) => {
      if (error instanceof MalformedPacket) reporter.trip("malformed_packet", connection);
      else reporter.trip("contained_exception", connection, error);
      endConnection(connection, "malformed_packet");
    },
  });
  connection.answered = closeUnlessAnswered(
    socket,
    limits.connectTimeoutMs + limits.decideTimeoutMs + handshakeSlackMs,
    () => reporter.trip("connect_timeout", connection),
  );
}

/** To be called once the CONNECT was accepted. */
export function announce(context: BrokerContext, connection: Connection): void {
  const { access, socket } = connection;
  // A socket that is closed already will not tell of its end once more.
  if (access === undefined || socket.destroyed) return;
  context.connections.markConnected(connection);
  context.reporter.report({ type: "connected", deviceId: access.deviceId, ...describePeer(connection) });
}

function createConnection(client: Client, arrival: Arrival, deniedEventsPerMinute: number): Connection {
  const { stream, listener, peerHost, certificate } = arrival;
  return {
    client,
    socket: stream,
    listener,
    peerHost,
    ...(certificate !== undefined && { certificate }),
    deniedEvents: new EventBudget(deniedEventsPerMinute),
    filters: new Set(),
    cleanStart: true,
    refused: false,
    announced: false,
    saidGoodbye: false,
  };
}

function forgetFilters(connection: Connection, filters: unknown): void {
  for (const filter of filters as string[]) connection.filters.delete(filter);
}

function forget(context: BrokerContext, connection: Connection): void {
  connection.cancelExpiry?.();
  context.connections.remove(connection);
  context.sessions.closed(connection);
  const { access, announced } = connection;
  if (!announced || access === undefined) return;
  context.reporter.report({
    type: "disconnected",
    deviceId: access.deviceId,
    reason: reasonOf(connection),
    ...describePeer(connection),
  });
}

function reasonOf({ ended, saidGoodbye, failure }: Connection): DisconnectReason {
  if (ended !== undefined) return ended;
  if (saidGoodbye) return "by_client";
  return failure ?? "connection_lost";
}
