import { isAllowed } from "@connack/credentials";
import type { BrokerContext } from "./broker-context.ts";
import type { Connection } from "./connection.ts";

/**
 * Whether a message may go to this client: asked for every delivery, live, queued or retained, with the rights the
 * client has now. A filter that was granted under other rights, or that covers more than one rule, leaks nothing.
 */
export function authorizeForward<Packet extends { topic: string }>(
  context: BrokerContext,
  connection: Connection | undefined,
  packet: Packet,
): Packet | null {
  const mayRead =
    connection?.access !== undefined &&
    connection.ended === undefined &&
    isAllowed(connection.access.acl, "subscribe", packet.topic);
  if (mayRead) return packet;
  context.reporter.count("forward_denied");
  return null;
}
