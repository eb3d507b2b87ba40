import { nodeName } from "../node-state.ts";
import { type Message, messageId } from "./message.ts";

/** What events say of a client; times are epoch milliseconds. */
export interface EventClient {
  clientId: string;
  username: string | undefined;
  peerHost: string;
  peerPort: number;
  sockName: string;
  version: number;
  protocolName: string;
  keepAlive: number;
  cleanStart: boolean;
  expirySeconds: number;
  receiveMaximum: number;
  clientAttrs: Record<string, string>;
  userProperties: Record<string, unknown>;
}

type Columns = Record<string, unknown>;

const undefinedText = "undefined";
const properties = (user: Record<string, unknown> = {}) => ({ "User-Property": user });
const peerName = ({ peerHost, peerPort }: EventClient) => `${peerHost}:${peerPort}`;

function common(event: string, client: EventClient): Columns {
  return {
    clientid: client.clientId,
    event,
    node: nodeName,
    peername: peerName(client),
    timestamp: Date.now(),
    username: client.username ?? undefinedText,
  };
}

function connection(client: EventClient): Columns {
  return { proto_name: client.protocolName, proto_ver: client.version, sockname: client.sockName };
}

export function authnComplete(client: EventClient, reason: string, superuser: boolean, anonymous: boolean): Columns {
  return {
    ...common("client.check_authn_complete", client),
    client_attrs: {},
    is_anonymous: anonymous,
    is_superuser: superuser,
    reason_code: reason,
  };
}

/** `expiry_interval` is in milliseconds here, in seconds in client.connected (recorded). */
export function connack(client: EventClient, reason: string): Columns {
  return {
    ...common("client.connack", client),
    ...connection(client),
    clean_start: client.cleanStart,
    conn_props: properties(client.userProperties),
    expiry_interval: client.expirySeconds * 1000,
    keepalive: client.keepAlive,
    reason_code: reason,
  };
}

export function connected(client: EventClient, connectedAt: number): Columns {
  return {
    ...common("client.connected", client),
    ...connection(client),
    clean_start: client.cleanStart,
    client_attrs: client.clientAttrs,
    conn_props: properties(client.userProperties),
    connected_at: connectedAt,
    expiry_interval: client.expirySeconds,
    is_bridge: false,
    keepalive: client.keepAlive,
    mountpoint: undefinedText,
    receive_maximum: client.receiveMaximum,
  };
}

export function disconnected(client: EventClient, reason: string): Columns {
  return {
    ...common("client.disconnected", client),
    ...connection(client),
    client_attrs: client.clientAttrs,
    disconn_props: properties(),
    disconnected_at: Date.now(),
    reason,
  };
}

export function authzComplete(
  client: EventClient,
  { action, topic, result, source }: { action: string; topic: string; result: string; source: string },
): Columns {
  return {
    ...common("client.check_authz_complete", client),
    action,
    authz_source: source,
    client_attrs: client.clientAttrs,
    peerhost: client.peerHost,
    result,
    topic,
  };
}

export function subscribed(client: EventClient, event: string, topic: string, qos: number): Columns {
  const name = event === "session.subscribed" ? "sub_props" : "unsub_props";
  return {
    ...common(event, client),
    client_attrs: client.clientAttrs,
    peerhost: client.peerHost,
    qos,
    topic,
    [name]: properties(),
  };
}

/** message.publish and message.dropped. */
export function message(event: string, one: Message, more: Columns = {}): Columns {
  return {
    clientid: one.clientId,
    event,
    flags: { dup: false, retain: one.retain },
    id: one.id,
    node: nodeName,
    payload: one.payload.toString("utf8"),
    peerhost: one.peerName?.replace(/:\d+$/, "") ?? undefinedText,
    peername: one.peerName ?? undefinedText,
    pub_props: properties(one.properties.userProperties),
    publish_received_at: one.receivedAt,
    qos: one.qos,
    timestamp: Date.now(),
    topic: one.topic,
    username: one.username ?? undefinedText,
    ...more,
  };
}

/** A message with everything that was not said about it. */
export function completeMessage(
  given: Partial<Message> & Pick<Message, "topic" | "payload" | "qos" | "retain">,
): Message {
  return {
    id: messageId(),
    properties: {},
    clientId: "http_api",
    username: undefined,
    peerName: undefined,
    receivedAt: Date.now(),
    ...given,
  };
}
