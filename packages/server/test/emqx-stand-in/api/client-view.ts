import type { Broker } from "../mqtt/broker.ts";
import type { ClientConnection } from "../mqtt/client-connection.ts";
import { nodeName, rfc3339Ms } from "../node-state.ts";

/** A client of `GET /clients`: connected, or an offline session. */
export interface ListedClient {
  connection: ClientConnection;
  /** Epoch milliseconds; `undefined` while connected. */
  offlineSince: number | undefined;
}

/** The newest first, as recorded for three clients (EMQX's order is that of a hash table). */
export function listClients(broker: Broker): ListedClient[] {
  const offline = [...broker.offline.values()].map(({ connection, since }) => ({ connection, offlineSince: since }));
  const live = [...broker.live.values()].map((connection) => ({ connection, offlineSince: undefined }));
  return [...offline, ...live].reverse();
}

export function findClient(broker: Broker, clientId: string): ListedClient | undefined {
  const connection = broker.live.get(clientId);
  if (connection) return { connection, offlineSince: undefined };
  const offline = broker.offline.get(clientId);
  return offline && { connection: offline.connection, offlineSince: offline.since };
}

const zeros = Object.fromEntries(
  [
    "awaiting_rel_cnt",
    "mailbox_len",
    "recv_msg",
    "recv_msg.dropped",
    "recv_msg.dropped.await_pubrel_timeout",
    "recv_msg.qos0",
    "recv_msg.qos1",
    "recv_msg.qos2",
    "send_cnt",
    "send_msg",
    "send_msg.dropped",
    "send_msg.dropped.expired",
    "send_msg.dropped.queue_full",
    "send_msg.dropped.too_large",
    "send_msg.qos0",
    "send_msg.qos1",
    "send_msg.qos2",
    "send_oct",
    "send_pkt",
  ].map((name) => [name, 0]),
);

/** All members that 5.8.0 gives; counters that the stand-in does not keep are 0. */
export function clientView({ connection, offlineSince }: ListedClient): Record<string, unknown> {
  const { admitted } = connection;
  if (!admitted) return {};
  const { client, event, session, expiresAtSeconds, connectedAt } = admitted;
  const offline = offlineSince === undefined ? {} : { disconn_props: {}, disconnected_at: rfc3339Ms(offlineSince) };
  return {
    ...zeros,
    ...offline,
    auth_expire_at: expiresAtSeconds === undefined ? null : expiresAtSeconds * 1000,
    awaiting_rel_max: 100,
    clean_start: event.cleanStart,
    client_attrs: client.clientAttrs,
    clientid: client.clientId,
    connected: offlineSince === undefined,
    connected_at: rfc3339Ms(connectedAt),
    created_at: rfc3339Ms(session.createdAt),
    durable: false,
    enable_authn: true,
    expiry_interval: session.expirySeconds,
    heap_size: 1598,
    inflight_cnt: session.inflight,
    inflight_max: 32,
    ip_address: client.peerHost,
    is_bridge: false,
    is_expired: false,
    is_persistent: session.expirySeconds > 0,
    keepalive: event.keepAlive,
    listener: connection.peer.listener,
    mountpoint: null,
    mqueue_dropped: session.droppedMessages,
    mqueue_len: session.queued,
    mqueue_max: 1000,
    node: nodeName,
    peersni: null,
    port: client.peerPort,
    proto_name: event.protocolName,
    proto_ver: event.version,
    recv_cnt: 1,
    recv_oct: 20,
    recv_pkt: 1,
    reductions: 3000,
    subscriptions_cnt: session.subscriptions.size,
    subscriptions_max: "infinity",
    user_property: event.userProperties,
    username: client.username ?? null,
  };
}
