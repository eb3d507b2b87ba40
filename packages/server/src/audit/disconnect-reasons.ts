import type { DisconnectReason } from "../brokers/embedded/embedded-broker-event.ts";

/** Why a connection is over, in plain words, by the embedded broker's own names. Each goes on behind `disconnected: `. */
const embedded = {
  by_client: "the device closed the connection",
  connection_lost: "the connection broke: the device's power, its network or its program ended without a goodbye",
  keep_alive_timeout: "nothing was heard from the device for one and a half times its keep-alive",
  expired: "its credential reached its end; the device has to come back with a new one",
  taken_over: "the same device connected anew with this client id",
  not_authorized: "it published or subscribed to what it may not",
  revoked: "an operator revoked the device",
  disabled: "an operator disabled the device",
  removed: "an operator removed the device",
  moved: "its credential no longer holds, as the device moved to another scheme, key or password",
  rights_changed: "its rights changed; it comes back with the new ones",
  kicked: "an operator ended the connection; it may come back",
  shutdown: "the broker stopped",
  malformed_packet: "the device sent something that is no MQTT",
  protocol_error: "the device sent what MQTT does not allow at that point",
  packet_too_large: "the device sent a packet larger than the broker takes",
  too_many_unfinished: "the device began more QoS 2 messages than it finished",
  too_slow: "the device did not read what was sent to it",
} as const satisfies Record<DisconnectReason, string>;

/**
 * The same by EMQX's names (EMQX 5.8, `client.disconnected`): its own atoms, the names of MQTT 5 reason codes, and errors
 * of sockets. Where EMQX uses one of the names above for something else, it stands here.
 */
const emqx: Readonly<Record<string, string>> = {
  normal: "the device closed the connection",
  disconnect_with_will_message: "the device closed the connection and had its will sent",
  tcp_closed: "the connection broke: the device's power, its network or its program ended without a goodbye",
  ssl_closed: "the TLS connection broke: the device's power, its network or its program ended without a goodbye",
  closed: "the connection broke",
  keepalive_timeout: "nothing was heard from the device for one and a half times its keep-alive",
  takenover: "somebody connected with the same client id and took the session over",
  discarded: "somebody connected with the same client id and began a new session",
  kicked: "an operator ended the connection through EMQX; it may come back",
  not_authorized: "its credential reached its end, or it used a topic it has no right to",
  frame_too_large: "the device sent a packet larger than the broker takes",
  topic_name_invalid: "the device published to what is no topic",
  topic_filter_invalid: "the device subscribed to what is no filter",
  receive_maximum_exceeded: "the device sent more messages at once than it may",
  topic_alias_invalid: "the device used a topic alias that does not exist",
  implementation_specific_error: "the broker could not go on with this connection",
  internal_error: "EMQX gives no reason; most often the device sent something that is no MQTT",
  idle_timeout: "the device opened a connection and did not use it",
  ssl_upgrade_timeout: "the TLS handshake took too long",
  server_shutting_down: "the broker stopped",
  quota_exceeded: "the device sent more than its quota",
  message_rate_too_high: "the device sent messages faster than it may",
  etimedout: "the network did not deliver for too long",
  timeout: "the network did not deliver for too long",
  econnreset: "the device's side reset the connection",
  ehostunreach: "the network lost the way to the device",
  einval: "the connection was gone when it was used",
};

/** Who ended a connection and why, for people; a name that is in no table is given with its words apart. */
export function disconnectSentence(reason: string, broker?: string): string {
  const tables = broker === "emqx" ? [emqx, embedded] : [embedded, emqx];
  const table = tables.find((each) => Object.hasOwn(each, reason)) as Record<string, string> | undefined;
  return table?.[reason] ?? `the broker says: ${reason.replaceAll("_", " ")}`;
}

/** Every name there is a sentence for. */
export const disconnectReasons: readonly string[] = [...new Set([...Object.keys(embedded), ...Object.keys(emqx)])];

/** The brokers that have this name in the tables here. */
export function disconnectNames(reason: string): string[] {
  return Object.entries({ embedded, emqx }).flatMap(([broker, table]) =>
    Object.hasOwn(table, reason) ? [broker] : [],
  );
}
