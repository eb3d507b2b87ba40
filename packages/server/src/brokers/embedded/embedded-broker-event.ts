import type { DenyReason } from "@connack/credentials";

/** Why we ended a connection. */
export type EndReason =
  | KickReason
  | "expired"
  | "taken_over"
  | "shutdown"
  | "malformed_packet"
  | "too_many_unfinished"
  | "too_slow";

/** Why an operator's action ends the connections of a device. */
export type KickReason = "revoked" | "disabled" | "removed" | "moved";

/** Why a connection is over: we ended it, the client said goodbye, or it broke. */
export type DisconnectReason =
  | EndReason
  | "by_client"
  | "connection_lost"
  | "keep_alive_timeout"
  | "packet_too_large"
  | "protocol_error";

/** A bound of the broker that a peer ran into, or a failure that was contained. */
export type GuardName =
  | "too_many_connections"
  | "connect_timeout"
  | "decide_timeout"
  | "decide_failed"
  | "stale_decision"
  | "client_id_of_other_device"
  | "foreign_session"
  | "malformed_packet"
  | "packet_too_large"
  | "too_slow"
  | "too_many_subscriptions"
  | "too_many_unfinished"
  | "queue_full"
  | "retained_full"
  | "session_given_up"
  | "contained_exception"
  | "listener_error"
  | "broker_error";

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
      /** `decision`: `decideConnect` said so, and has its own record of it. `broker`: it was not asked, or not heeded. */
      by: "decision" | "broker";
      deviceId?: string;
    } & Peer)
  | ({ type: "publish_denied"; deviceId: string; topic: string; will: boolean } & Peer)
  | ({ type: "subscribe_denied"; deviceId: string; filter: string } & Peer)
  /** At most one per guard and second; `times` counts those since the last event of that guard. */
  | { type: "guard"; guard: GuardName; times: number; clientId?: string; peerHost?: string };
