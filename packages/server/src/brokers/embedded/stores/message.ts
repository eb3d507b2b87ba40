import type { StoredPacket } from "../aedes-internals.ts";
import { encodeMessageProperties } from "../guards/encode-publish.ts";

/** A message, apart from who gets it. */
export interface Message {
  topic: string;
  payload: Buffer;
  /** Its own properties, encoded (`encodeMessageProperties`). */
  properties: Buffer;
  /** Unix milliseconds from which on it is not sent any more (MQTT 5 Message Expiry Interval). */
  expiresAtMs?: number;
}

/** A message for one subscription. */
export interface Outgoing {
  message: Message;
  qos: number;
  retain: boolean;
  /** Which subscription it is for: the filter while the message may outlive the connection, else the identifier. */
  filter?: string;
  subscriptionIdentifier?: number;
}

/** A message as it is sent on, whoever gets it. Its payload is the packet's own. */
export function messageFrom(packet: StoredPacket): Message {
  const { messageExpiry, payload, properties, topic } = packet;
  const message: Message = { topic, payload, properties: encodeMessageProperties(properties) };
  if (messageExpiry !== undefined) message.expiresAtMs = messageExpiry;
  else if (properties?.messageExpiryInterval !== undefined) {
    message.expiresAtMs = Date.now() + properties.messageExpiryInterval * 1000;
  }
  return message;
}
