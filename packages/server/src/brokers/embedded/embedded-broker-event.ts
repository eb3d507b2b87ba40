import type { DenyReason, Qos } from "@connack/credentials";

/** Why we ended a connection. */
export type EndReason =
  | KickReason
  | "expired"
  | "taken_over"
  /** It published or subscribed to what it may not, and `denyAction` is `disconnect`. */
  | "not_authorized"
  | "shutdown"
  | "malformed_packet"
  | "too_many_unfinished"
  | "too_slow"
  | "keep_alive_timeout";

/** Why an operator's action ends the connections of a device. `kicked`: for no other reason, it may come back. */
export type KickReason = "revoked" | "disabled" | "removed" | "moved" | "rights_changed" | "kicked";

/** Why a connection is over: we ended it, the client said goodbye, or it broke. */
export type DisconnectReason = EndReason | "by_client" | "connection_lost" | "packet_too_large" | "protocol_error";

/** The bounds of the broker that a peer can run into, and the failures that are contained. */
export const guardNames = [
  "too_many_connections",
  "handshake_failed",
  "certificate_not_verified",
  "connect_timeout",
  "decide_timeout",
  "decide_failed",
  "stale_decision",
  "client_id_of_other_device",
  "foreign_session",
  "malformed_packet",
  "packet_too_large",
  "too_slow",
  "too_many_subscriptions",
  "too_many_unfinished",
  "queue_full",
  "larger_than_client_takes",
  "retained_full",
  "session_given_up",
  "contained_exception",
  "listener_error",
  "broker_error",
] as const;
export type GuardName = (typeof guardNames)[number];

/** Who an event is about. The client id is cut to 256 characters and has its control characters replaced. */
interface Peer {
  clientId: string;
  /** Textual IP address. */
  peerHost: string;
  /** 3 = MQTT 3.1, 4 = MQTT 3.1.1, 5 = MQTT 5; absent when no CONNECT was read. */
  protocolVersion?: 3 | 4 | 5;
}

/** What happens at the embedded broker. No event holds a payload, a password or a token. */
export type EmbeddedBrokerEvent =
  | ({ type: "connected"; deviceId: string } & Peer)
  | ({ type: "disconnected"; deviceId: string; reason: DisconnectReason } & Peer)
  | ({
      type: "refused";
      reason: DenyReason;
      /** `decision`: `decideConnect` said so, and has its own record of it. `broker`: it was not asked, not heeded, or failed. */
      by: "decision" | "broker";
      deviceId?: string;
    } & Peer)
  /** `will`: a will, told of at its CONNECT, which is accepted without it. */
  | ({ type: "publish_denied"; deviceId: string; topic: string; qos: Qos; retain: boolean; will: boolean } & Peer)
  /** `byBroker`: the decision names a filter, to be subscribed to for the device, that its own rights do not cover. */
  | ({ type: "subscribe_denied"; deviceId: string; filter: string; qos: Qos; byBroker: boolean } & Peer)
  /** At most one per guard and second; `times` counts those since the last event of that guard. */
  | { type: "guard"; guard: GuardName; times: number; clientId?: string; peerHost?: string; detail?: string };
