import { isAllowed } from "@connack/credentials";
import { clientInternalsOf } from "./aedes-internals.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { Connection } from "./connection.ts";
import { endConnection } from "./end-connection.ts";

/**
 * Whether a message may go to this client: asked for every delivery, live, queued or retained, with the rights the
 * client has now. A filter that was granted under other rights, or that covers more than one rule, leaks nothing.
 * A client that has left too much unread is cut here.
 */
export function authorizeForward<Packet extends { topic: string }>(
  context: BrokerContext,
  connection: Connection | undefined,
  packet: Packet,
): Packet | null {
  if (connection?.access === undefined || connection.ended !== undefined) return null;
  if (!isAllowed(connection.access.acl, "subscribe", packet.topic)) {
    context.reporter.count("forward_denied");
    return null;
  }
  if (hasTooMuchUnread(context, connection)) {
    if (endConnection(connection, "too_slow")) context.reporter.trip("too_slow", connection);
    // It would not read a DISCONNECT either.
    connection.socket.destroy();
    return null;
  }
  return packet;
}

/** aedes hands messages to the socket however many wait there, for as long as `drainTimeoutMs`. */
function hasTooMuchUnread({ limits }: BrokerContext, { client, socket }: Connection): boolean {
  if (!socket.writableNeedDrain) return false;
  return (
    socket.writableLength > limits.maxUnreadBytes ||
    clientInternalsOf(client)._pendingDrains.length > limits.maxUnreadMessages
  );
}
