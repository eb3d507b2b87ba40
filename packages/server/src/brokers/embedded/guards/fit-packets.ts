import type { ClientInternals } from "../aedes-internals.ts";
import { sizeOfInteger } from "./encode-publish.ts";
import { type InboundPacket, MalformedPacket } from "./inspect-packet.ts";

/** Bytes of the longest CONNACK, without an identifier that we assign, and of such an identifier. */
const connackBytes = 20;
const assignedIdBytes = 45;

/**
 * aedes ignores the Maximum Packet Size of a client; `Delivery` keeps to it with messages, this does with answers.
 * Throws MalformedPacket for a Maximum Packet Size of 0, which no client may send (§3.1.2.11.4), and for a packet whose
 * answer the client does not take: it cannot be served, as we must not send it [MQTT-3.1.2-24].
 */
export function checkAnswerFits(packet: InboundPacket, client: Pick<ClientInternals, "maximumPacketSize">): void {
  if (packet.cmd === "connect") {
    const { maximumPacketSize: most } = (packet.properties ?? {}) as { maximumPacketSize?: number };
    const needed = connackBytes + (packet.clientId === "" ? assignedIdBytes : 0);
    if (most !== undefined && most < needed) throw new MalformedPacket("Maximum Packet Size below that of a CONNACK");
    return;
  }
  const most = client.maximumPacketSize;
  if (most === undefined) return;
  const codes =
    packet.cmd === "subscribe" ? packet.subscriptions : packet.cmd === "unsubscribe" ? packet.unsubscriptions : [];
  const { length } = codes as unknown[];
  // Packet identifier, no properties, a code for each.
  const remaining = 2 + 1 + length;
  if (length > 0 && 1 + sizeOfInteger(remaining) + remaining > most) {
    throw new MalformedPacket("the answer would be larger than Maximum Packet Size");
  }
}
