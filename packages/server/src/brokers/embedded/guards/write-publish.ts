import type { ClientInternals } from "../aedes-internals.ts";
import type { Outgoing } from "../stores/message.ts";
import { encodeDeliveryProperties, encodePublishHead } from "./encode-publish.ts";

/** Payloads up to this are copied behind their head: one write is cheaper than two. */
const worthCopying = 1_024;

/** Writes a PUBLISH to the client; not, and returns false, if it is larger than the client takes [MQTT-3.1.2-24]. */
export function writePublish(
  client: ClientInternals,
  outgoing: Outgoing,
  { dup, id, nowMs }: { dup: boolean; id: number; nowMs: number },
): boolean {
  const { message, qos, retain } = outgoing;
  const { payload, topic } = message;
  const properties = client.version === 5 ? propertiesFor(client, outgoing, nowMs) : undefined;
  const head = encodePublishHead({ topic, qos, retain, dup, id, properties }, payload.length);
  if (head.length + payload.length > (client.maximumPacketSize ?? Number.POSITIVE_INFINITY)) return false;
  const { conn } = client;
  if (payload.length > 0 && payload.length <= worthCopying) conn.write(Buffer.concat([head, payload]));
  else {
    conn.write(head);
    if (payload.length > 0) conn.write(payload);
  }
  return true;
}

function propertiesFor(client: ClientInternals, outgoing: Outgoing, nowMs: number): Buffer {
  const { filter, message, subscriptionIdentifier } = outgoing;
  const { expiresAtMs, properties } = message;
  const identifier = filter === undefined ? subscriptionIdentifier : client.subscriptions[filter]?.si;
  const secondsLeft = expiresAtMs === undefined ? undefined : Math.ceil((expiresAtMs - nowMs) / 1000);
  const own = encodeDeliveryProperties(secondsLeft, identifier);
  return own.length === 0 ? properties : Buffer.concat([own, properties]);
}
