import { isAllowed } from "@connack/credentials";
import type { BrokerContext } from "./broker-context.ts";
import { type Connection, describePeer } from "./connection.ts";
import { printable } from "./printable.ts";
import { isClientTopic } from "./topic-text.ts";

/** aedes' answer to MQTT 5 clients for it is 0x87. Without a message: aedes would send that as Reason String. */
export class PublishDenied extends Error {
  override name = "PublishDenied";
}

export interface OutgoingPublish {
  topic: string;
  payload: string | Buffer;
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
 */
export function authorizePublish(
  context: BrokerContext,
  connection: Connection | undefined,
  packet: OutgoingPublish,
): PublishDenied | null {
  const isWill = connection?.will === packet;
  if (connection !== undefined && mayPublish(connection, packet.topic, isWill)) {
    if (isWill) dropWillDelay(packet);
    return null;
  }
  if (connection !== undefined) tellDenied(context, connection, packet.topic, isWill);
  if (connection === undefined || isWill || connection.protocolVersion === 5) return new PublishDenied("");
  packet.topic = nowhere;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
  return null;
}

function mayPublish(connection: Connection, topic: string, isWill: boolean): boolean {
  if (connection.access === undefined || !isClientTopic(topic)) return false;
  if (connection.ended !== undefined && !isWill) return false;
  return isAllowed(connection.access.acl, "publish", topic);
}

/** Will Delay Interval is a property of the CONNECT (§3.1.3.2.2); aedes would send it on in the PUBLISH. */
function dropWillDelay(packet: OutgoingPublish): void {
  if (packet.properties?.["willDelayInterval"] === undefined) return;
  const { willDelayInterval: _, ...properties } = packet.properties;
  packet.properties = properties;
}

function tellDenied(context: BrokerContext, connection: Connection, topic: string, will: boolean): void {
  const { nowMs, reporter } = context;
  const deviceId = connection.access?.deviceId;
  if (deviceId === undefined || !connection.deniedEvents.take(nowMs())) {
    reporter.count("publish_denied");
    return;
  }
  reporter.report({ type: "publish_denied", deviceId, topic: printable(topic), will, ...describePeer(connection) });
}
