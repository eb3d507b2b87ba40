import { type InboundPacket, MalformedPacket } from "./inspect-packet.ts";

/** Far more than a client may hold; aedes' work on a SUBSCRIBE grows with the square of their number. */
const mostFilters = 1_000;

/**
 * aedes puts the filters of a SUBSCRIBE into a plain object to drop repeated ones: a filter that looks like a number
 * moves to the front, of two equal ones only one is answered, and with `__proto__` among them the process ends. Here the
 * list stays as it was sent, and the SUBACK has one code for each filter, in order [MQTT-3.9.3-1], as for so many
 * SUBSCRIBEs one after the other [MQTT-3.8.4-5]. Throws MalformedPacket if there are too many.
 *
 * The filters of a session that is resumed go through the same object, out of reach. So that `__proto__` is never among
 * them it gets a name in its place that begins with `$` and is denied.
 */
export function answerEveryFilter(packet: InboundPacket): void {
  const { cmd, subscriptions } = packet;
  if (cmd !== "subscribe") return;
  const filters = subscriptions as { topic?: unknown }[];
  if (filters.length > mostFilters) throw new MalformedPacket("too many filters");
  for (const filter of filters) if (filter.topic === "__proto__") filter.topic = "$__proto__";
  Object.defineProperty(packet, "subscriptions", { get: () => subscriptions, set: () => {}, enumerable: true });
}
