import type { IDisconnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from "mqtt-packet";
import { splitShare } from "../authz/topic-match.ts";
import { addSubscription, removeSubscription } from "./add-subscription.ts";
import { authorize } from "./authorize.ts";
import type { Broker } from "./broker.ts";
import type { ClientConnection } from "./client-connection.ts";
import { acknowledge, pingresp, suback, unsuback } from "./write-packets.ts";

const noSubscribers = 0x10;
const notAuthorized = 0x87;

/** One packet of a client that was let in. */
export function handlePacket(broker: Broker, connection: ClientConnection, packet: Packet): Promise<void> | void {
  const session = connection.admitted?.session;
  const id = packet.messageId ?? 0;
  if (!session) return;
  switch (packet.cmd) {
    case "publish":
      return publish(broker, connection, packet);
    case "subscribe":
      return subscribe(broker, connection, packet);
    case "unsubscribe":
      return unsubscribe(broker, connection, packet);
    case "puback":
    case "pubcomp":
      session.acknowledged(id);
      return;
    case "pubrec":
      if ((packet.reasonCode ?? 0) >= 0x80) session.acknowledged(id);
      else session.received(id);
      return;
    case "pubrel":
      session.awaitingRelease.delete(id);
      return connection.write(acknowledge(0x70, connection.version, id, 0));
    case "pingreq":
      return connection.write(pingresp);
    case "disconnect":
      return disconnect(connection, packet);
    default:
      return connection.end("protocol_error", 0x82);
  }
}

async function publish(broker: Broker, connection: ClientConnection, packet: IPublishPacket): Promise<void> {
  const { topic, qos, retain } = packet;
  const id = packet.messageId ?? 0;
  const allowed = await authorize(broker, connection, { action: "publish", topic, qos, retain });
  const { admitted } = connection;
  if (!connection.open || !admitted) return;
  let receivers = 0;
  const repeated = qos === 2 && admitted.session.awaitingRelease.has(id);
  if (allowed && !repeated) {
    const { clientId, username, peerHost, peerPort } = admitted.client;
    const peerName = `${peerHost}:${peerPort}`;
    const message = { topic, payload: Buffer.from(packet.payload), qos, retain, properties: packet.properties ?? {} };
    receivers = broker.publish({ ...message, clientId, username, peerName }, clientId);
  }
  if (qos === 0) return;
  const reasonCode = allowed ? (receivers > 0 || repeated ? 0 : noSubscribers) : notAuthorized;
  if (qos === 2 && (allowed || connection.version < 5)) admitted.session.awaitingRelease.add(id);
  connection.write(acknowledge(qos === 1 ? 0x40 : 0x50, connection.version, id, reasonCode));
}

/** All filters are asked one after the other; one SUBACK answers. */
async function subscribe(broker: Broker, connection: ClientConnection, packet: ISubscribePacket): Promise<void> {
  const granted: { code: number; wanted: ISubscribePacket["subscriptions"][number] }[] = [];
  for (const wanted of packet.subscriptions) {
    const topic = splitShare(wanted.topic).filter;
    const allowed = await authorize(broker, connection, { action: "subscribe", topic, qos: wanted.qos, retain: false });
    if (!connection.open) return;
    granted.push({ code: allowed ? wanted.qos : notAuthorized, wanted });
  }
  connection.write(
    suback(
      connection.version,
      packet.messageId ?? 0,
      granted.map(({ code }) => code),
    ),
  );
  const identifier = packet.properties?.subscriptionIdentifier;
  for (const { code, wanted } of granted) {
    if (code >= 0x80) continue;
    const { topic, qos, nl, rap, rh } = wanted;
    const options = { nl: nl ? 1 : 0, rap: rap ? 1 : 0, rh: rh ?? 0 };
    addSubscription(broker, connection, { topic, qos, ...options, identifier });
  }
}

function unsubscribe(broker: Broker, connection: ClientConnection, packet: IUnsubscribePacket): void {
  const codes = packet.unsubscriptions.map((topic) => (removeSubscription(broker, connection, topic) ? 0 : 0x11));
  connection.write(unsuback(connection.version, packet.messageId ?? 0, codes));
}

/** Code 0 drops the will; MQTT 5 may change how long the session lives. */
function disconnect(connection: ClientConnection, packet: IDisconnectPacket): void {
  const { admitted } = connection;
  const code = packet.reasonCode ?? 0;
  const expiry = packet.properties?.sessionExpiryInterval;
  if (admitted && expiry !== undefined) admitted.session.expirySeconds = expiry;
  if (admitted && code === 0) admitted.will = undefined;
  connection.end(code === 0 ? "normal" : code === 4 ? "disconnect_with_will_message" : "unspecified_error");
}
