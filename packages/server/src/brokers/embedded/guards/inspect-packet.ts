/** A packet that MQTT does not allow and aedes or its parser lets through. The connection has to end (MQTT 5 §4.13). */
export class MalformedPacket extends Error {
  override name = "MalformedPacket";
}

/** A packet as mqtt-packet 9 emits it. Nothing about its members is certain: it puts null, -1 and lists where a field is cut short or repeated. */
export interface InboundPacket {
  cmd?: unknown;
  length?: unknown;
  clientId?: unknown;
  messageId?: unknown;
  qos?: unknown;
  topic?: unknown;
  subscriptions?: unknown;
  unsubscriptions?: unknown;
  properties?: unknown;
  will?: unknown;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string" && !/[\0\ufffd]/u.test(value);
const isNumber: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === "boolean";
const isBinary: Check = (value) => Buffer.isBuffer(value);
const isUserProperties: Check = (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(value).every(
    ([name, entry]) => isText(name) && (Array.isArray(entry) ? entry : [entry]).every(isText),
  );

const userProperties = { userProperties: isUserProperties };
const acknowledgement = { reasonString: isText, ...userProperties };
const message = {
  payloadFormatIndicator: isFlag,
  messageExpiryInterval: isNumber,
  contentType: isText,
  responseTopic: isText,
  correlationData: isBinary,
  ...userProperties,
};

/** Properties that a client may send, by packet (MQTT 5 §2.2.2.2). */
const properties: Record<string, Record<string, Check>> = {
  connect: {
    sessionExpiryInterval: isNumber,
    receiveMaximum: isNumber,
    maximumPacketSize: isNumber,
    topicAliasMaximum: isNumber,
    requestResponseInformation: isFlag,
    requestProblemInformation: isFlag,
    authenticationMethod: isText,
    authenticationData: isBinary,
    ...userProperties,
  },
  will: { willDelayInterval: isNumber, ...message },
  publish: { topicAlias: isNumber, ...message },
  puback: acknowledgement,
  pubrec: acknowledgement,
  pubrel: acknowledgement,
  pubcomp: acknowledgement,
  subscribe: { subscriptionIdentifier: isNumber, ...userProperties },
  unsubscribe: userProperties,
  disconnect: { sessionExpiryInterval: isNumber, serverReference: isText, ...acknowledgement },
};

/**
 * Throws MalformedPacket for what would do harm further on: a Response Topic that is cut short ends the process, a
 * repeated Session Expiry Interval ends it when the client leaves, a property that does not belong to a PUBLISH, or a
 * will with QoS 3, closes the connections of everybody it is delivered to.
 */
export function inspectPacket(packet: InboundPacket, maxConnectBytes: number): void {
  const { cmd } = packet;
  if (typeof cmd !== "string") throw new MalformedPacket("packet type");
  checkProperties(cmd, packet.properties);
  if (cmd === "connect") checkConnect(packet, maxConnectBytes);
  else if (cmd === "publish" && !isText(packet.topic)) throw new MalformedPacket("topic");
  else if (cmd === "subscribe") checkFilters((packet.subscriptions as InboundPacket[]).map(({ topic }) => topic));
  else if (cmd === "unsubscribe") checkFilters(packet.unsubscriptions as unknown[]);
  if (withPacketId.has(cmd) || (cmd === "publish" && packet.qos !== 0)) checkPacketId(packet);
}

const withPacketId = new Set(["puback", "pubrec", "pubrel", "pubcomp", "subscribe", "unsubscribe"]);

function checkConnect({ length, will }: InboundPacket, maxConnectBytes: number): void {
  if (!isNumber(length) || (length as number) > maxConnectBytes) throw new MalformedPacket("length of the CONNECT");
  if (will !== undefined) checkWill(will as InboundPacket);
}

function checkWill(will: InboundPacket): void {
  if (will.qos !== 0 && will.qos !== 1 && will.qos !== 2) throw new MalformedPacket("QoS of the will");
  checkProperties("will", will.properties);
}

/** [MQTT-2.2.1-3]: not zero. */
function checkPacketId({ messageId }: InboundPacket): void {
  if (!isNumber(messageId) || messageId === 0) throw new MalformedPacket("packet identifier");
}

/** At least one [MQTT-3.8.3-2], [MQTT-3.10.3-2]. */
function checkFilters(filters: unknown[]): void {
  if (filters.length === 0 || !filters.every(isText)) throw new MalformedPacket("topic filter");
}

function checkProperties(packetType: string, given: unknown): void {
  if (given === undefined) return;
  const allowed = properties[packetType];
  if (allowed === undefined || typeof given !== "object" || given === null) throw new MalformedPacket("properties");
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(allowed, name) || !allowed[name]?.(value)) throw new MalformedPacket("properties");
  }
}
