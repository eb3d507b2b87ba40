import { randomInt } from "node:crypto";
import type { IConnectPacket } from "mqtt-packet";
import type { ClientInfo } from "../client-info.ts";
import { durationMs } from "../duration.ts";
import { isObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { EventClient } from "./event-columns.ts";

/** A CONNECT, understood. */
export interface Arrival {
  client: ClientInfo;
  event: EventClient;
  /** The client id that EMQX made, for a client that had none. */
  assignedId: string | undefined;
  will: IConnectPacket["will"] | undefined;
}

/** An empty client id stays empty where a session was asked for: MQTT 3 refuses that. */
export function readConnect(connection: ClientConnection, packet: IConnectPacket, node: StandInNode): Arrival {
  const { peer } = connection;
  const cleanStart = packet.clean ?? true;
  const missing = packet.clientId === "" && (cleanStart || connection.version === 5);
  const assignedId = missing ? makeClientId() : undefined;
  const client: ClientInfo = {
    clientId: assignedId ?? packet.clientId,
    username: packet.username,
    password: packet.password === undefined ? undefined : Buffer.from(packet.password),
    peerHost: peer.host,
    peerPort: peer.port,
    certificateSubject: peer.certificateSubject,
    certificateCommonName: peer.certificateCommonName,
    clientAttrs: {},
  };
  const event: EventClient = {
    clientId: client.clientId,
    username: client.username,
    peerHost: peer.host,
    peerPort: peer.port,
    sockName: `${peer.localHost}:${peer.localPort}`,
    version: connection.version,
    protocolName: packet.protocolId ?? "MQTT",
    keepAlive: packet.keepalive ?? 0,
    cleanStart,
    expirySeconds: expirySeconds(packet, connection.version, node),
    receiveMaximum: packet.properties?.receiveMaximum ?? 32,
    clientAttrs: client.clientAttrs,
    userProperties: packet.properties?.userProperties ?? {},
  };
  const forVersion = connection.version === 5 ? assignedId : undefined;
  return { client, event, assignedId: forVersion, will: packet.will };
}

/** MQTT 5 says it itself; an MQTT 3 session that is to be kept gets the zone's session_expiry_interval. */
function expirySeconds(packet: IConnectPacket, version: number, node: StandInNode): number {
  if (version === 5) return packet.properties?.sessionExpiryInterval ?? 0;
  if (packet.clean ?? true) return 0;
  const { mqtt } = node.state.globalZone;
  return (durationMs(isObject(mqtt) ? mqtt["session_expiry_interval"] : undefined) ?? 7_200_000) / 1000;
}

/** Looks like EMQX's: Base64 of a long decimal number, without padding. */
function makeClientId(): string {
  const digits = Array.from({ length: 35 }, () => randomInt(10)).join("");
  return Buffer.from(digits).toString("base64").replace(/=+$/, "");
}
