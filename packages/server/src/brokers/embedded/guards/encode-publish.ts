/** What is written of a PUBLISH before its payload (MQTT 5 §3.3, MQTT 3.1.1 §3.3). */
export interface PublishHead {
  topic: string;
  qos: number;
  retain: boolean;
  /** Sent before, in another connection. */
  dup: boolean;
  /** Packet identifier; not written with QoS 0. */
  id: number;
  /** All properties, encoded; undefined for MQTT 3.1 and 3.1.1, which have none. */
  properties: Buffer | undefined;
}

/** The bytes of a PUBLISH up to its payload, which has `payloadLength` bytes: the packet is as long as both together. */
export function encodePublishHead(head: PublishHead, payloadLength: number): Buffer {
  const { properties, qos } = head;
  const topicLength = Buffer.byteLength(head.topic);
  const propertiesLength = properties === undefined ? 0 : sizeOfInteger(properties.length) + properties.length;
  const headLength = 2 + topicLength + (qos > 0 ? 2 : 0) + propertiesLength;
  const remaining = headLength + payloadLength;
  const bytes = Buffer.allocUnsafe(1 + sizeOfInteger(remaining) + headLength);
  bytes[0] = 0x30 | (head.dup ? 8 : 0) | (qos << 1) | (head.retain ? 1 : 0);
  let at = writeInteger(bytes, remaining, 1);
  at = bytes.writeUInt16BE(topicLength, at);
  at += bytes.write(head.topic, at);
  if (qos > 0) at = bytes.writeUInt16BE(head.id, at);
  if (properties !== undefined) properties.copy(bytes, writeInteger(bytes, properties.length, at));
  return bytes;
}

/** PUBREL with success, in the short form that all versions know (MQTT 5 §3.6.2.1). */
export function encodePubrel(id: number): Buffer {
  return Buffer.from([0x62, 2, id >> 8, id & 0xff]);
}

/** Properties of a PUBLISH as mqtt-packet gives them. What a receiver is told anew with each PUBLISH is not among them. */
export interface MessageProperties {
  payloadFormatIndicator?: boolean;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Buffer;
  userProperties?: Record<string, string | string[]>;
}

/** The properties that a message keeps on its way (MQTT 5 §3.3.2.3). */
export function encodeMessageProperties(properties: MessageProperties | undefined): Buffer {
  if (properties === undefined) return none;
  const parts: Buffer[] = [];
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties;
  if (payloadFormatIndicator !== undefined) parts.push(Buffer.from([0x01, payloadFormatIndicator ? 1 : 0]));
  if (contentType !== undefined) parts.push(Buffer.from([0x03]), encodeText(contentType));
  if (responseTopic !== undefined) parts.push(Buffer.from([0x08]), encodeText(responseTopic));
  if (correlationData !== undefined) parts.push(Buffer.from([0x09]), encodeBinary(correlationData));
  for (const [name, values] of Object.entries(userProperties ?? {})) {
    for (const value of Array.isArray(values) ? values : [values]) {
      parts.push(Buffer.from([0x26]), encodeText(name), encodeText(value));
    }
  }
  return parts.length === 0 ? none : Buffer.concat(parts);
}

/** The properties that belong to one delivery: what is left of the message's time, and whose subscription it is. */
export function encodeDeliveryProperties(secondsLeft: number | undefined, subscription: number | undefined): Buffer {
  if (secondsLeft === undefined && subscription === undefined) return none;
  const bytes = Buffer.allocUnsafe(10);
  let at = 0;
  if (secondsLeft !== undefined) {
    bytes[at] = 0x02;
    at = bytes.writeUInt32BE(secondsLeft, at + 1);
  }
  if (subscription !== undefined) {
    bytes[at] = 0x0b;
    at = writeInteger(bytes, subscription, at + 1);
  }
  return bytes.subarray(0, at);
}

const none = Buffer.alloc(0);

function encodeText(text: string): Buffer {
  return encodeBinary(Buffer.from(text));
}

function encodeBinary(data: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + data.length);
  bytes.writeUInt16BE(data.length, 0);
  data.copy(bytes, 2);
  return bytes;
}

/** Bytes of a Variable Byte Integer (MQTT 5 §1.5.5). */
export function sizeOfInteger(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  return value < 2_097_152 ? 3 : 4;
}

function writeInteger(bytes: Buffer, value: number, at: number): number {
  let rest = value;
  let position = at;
  while (rest > 127) {
    bytes[position++] = 0x80 | (rest & 0x7f);
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}
