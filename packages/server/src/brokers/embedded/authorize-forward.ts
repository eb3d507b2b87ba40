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
  if (connection?.access === undefined || connection.ended !== undefined) return null;
  if (!connection.access.acl.mayReceive(packet.topic)) {
    context.reporter.count("forward_denied");
    return null;
  }
  return packet;
}
