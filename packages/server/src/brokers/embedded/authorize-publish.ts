import type { Qos } from "@connack/credentials";
import type { BrokerContext } from "./broker-context.ts";
import { type Connection, describePeer } from "./connection.ts";
import { endConnection } from "./end-connection.ts";
import { printable } from "./printable.ts";
import { isClientTopic } from "./topic-text.ts";

/** aedes' answer to MQTT 5 clients for it is 0x87. Without a message: aedes would send that as Reason String. */
export class PublishDenied extends Error {
  override name = "PublishDenied";
}

export interface OutgoingPublish {
  topic: string;
  payload: string | Buffer;
  qos: Qos;
  retain: boolean;
  properties?: Record<string, unknown>;
}

/** No client can subscribe to this (see `isClientFilter`), so what is published here goes nowhere. */
export const nowhere = "$connack/nowhere";

/**
 * Whether a PUBLISH, or a will that fires, may go on. A will is held against the rights the client connected with,
 * also after a kick: it tells others that the device is gone. Returns null for
 * - what is allowed, and
 * - a denied PUBLISH of MQTT 3.1 and 3.1.1, emptied and sent nowhere: these have no way to say no, and EMQX by default
 *   acknowledges and drops as well. aedes would close the connection.
 *
 * `ended`: the connection is on its way out, and there is nothing to answer any more.
 */
export function authorizePublish(
  context: BrokerContext,
  connection: Connection | undefined,
  packet: OutgoingPublish,
): PublishDenied | null | "ended" {
  if (connection === undefined) return new PublishDenied("");
  const isWill = connection.will === packet;
  if (connection.ended !== undefined && !isWill) return "ended";
  if (mayPublish(connection, packet)) {
    if (isWill) dropWillDelay(packet);
    return null;
  }
  tellDenied(context, connection, packet, isWill);
  if (isWill) return new PublishDenied("");
  if (context.denyAction === "disconnect") {
    endConnection(connection, "not_authorized");
    return "ended";
  }
  if (connection.protocolVersion === 5) return new PublishDenied("");
  packet.topic = nowhere;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
  return null;
}

/**
 * Says at the CONNECT that its will is going to be dropped. The device comes in all the same, as with EMQX, which looks
 * at a will only when it fires.
 */
export function checkWill(context: BrokerContext, connection: Connection): void {
  const { will } = connection;
  if (will !== undefined && !mayPublish(connection, will)) tellDenied(context, connection, will, true);
}

function mayPublish({ access }: Connection, { topic, qos, retain }: OutgoingPublish): boolean {
  if (access === undefined || !isClientTopic(topic)) return false;
  return access.acl.decide({ action: "publish", topic, qos, retain }).allowed;
}

/** Will Delay Interval is a property of the CONNECT (§3.1.3.2.2); aedes would send it on in the PUBLISH. */
function dropWillDelay(packet: OutgoingPublish): void {
  if (packet.properties?.["willDelayInterval"] === undefined) return;
  const { willDelayInterval: _, ...properties } = packet.properties;
  packet.properties = properties;
}

function tellDenied(
  { nowMs, reporter }: BrokerContext,
  connection: Connection,
  { topic, qos, retain }: OutgoingPublish,
  will: boolean,
): void {
  if (will && connection.toldOfWill) return;
  if (will) connection.toldOfWill = true;
  const deviceId = connection.access?.deviceId;
  if (deviceId === undefined || !connection.deniedEvents.take(nowMs())) {
    reporter.count("publish_denied");
    return;
  }
  reporter.report({
    type: "publish_denied",
    deviceId,
    topic: printable(topic),
    qos,
    retain,
    will,
    ...describePeer(connection),
  });
}
