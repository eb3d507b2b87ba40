import { type DenyReason, denyReasons } from "@connack/credentials";
import type { GuardName } from "../brokers/embedded/embedded-broker-event.ts";
import type { AuditEvent } from "./audit-event.ts";
import { disconnectReasons, disconnectSentence } from "./disconnect-reasons.ts";

/** What the embedded broker's bounds and guards are about. */
const guards = {
  too_many_connections: "There were more connections than the broker takes.",
  handshake_failed: "A TLS or WebSocket handshake failed.",
  certificate_not_verified: "A client certificate could not be verified.",
  connect_timeout: "Nobody sent a CONNECT within the time for it.",
  decide_timeout: "A decision took too long; the device was refused.",
  decide_failed: "A decision failed; the device was refused.",
  stale_decision: "A decision came when its connection was gone, or was no longer right.",
  client_id_of_other_device: "A device came with the client id of another that is connected.",
  foreign_session: "A device came with a client id whose session belongs to another.",
  malformed_packet: "Something that is no MQTT was sent.",
  packet_too_large: "A packet was larger than the broker takes.",
  too_slow: "A device did not read what was sent to it.",
  too_many_subscriptions: "A device subscribed more often than it may.",
  too_many_unfinished: "A device began more QoS 2 messages than it finished.",
  queue_full: "Messages for an absent device were more than are kept.",
  larger_than_client_takes: "A message was larger than its reader said it takes.",
  retained_full: "Retained messages were more than are kept.",
  session_given_up: "The session of an absent device was given up.",
  contained_exception: "A failure inside the broker was contained.",
  listener_error: "A listener of the broker failed.",
  broker_error: "The broker failed.",
} as const satisfies Record<GuardName, string>;

/** What is told of brokers of others. */
const brokerGuards: Readonly<Record<string, string>> = {
  emqx_admitted_anonymous:
    "EMQX let somebody in without asking anybody: no authenticator is enabled, or the listener asks none.",
  too_many_broker_events: "A broker told of more than there is time for; the rest was counted and not kept.",
};

/** Reason codes of a CONNACK by their MQTT 5 names (§3.2.2.2), as a broker that refuses by itself tells them. */
const connackCodes: Readonly<Record<string, string>> = {
  bad_username_or_password: "The broker refused the user name or password.",
  not_authorized: "The broker refused the device.",
  banned: "The broker has banned the client id, user name or address.",
  server_busy: "The broker is busy.",
  server_unavailable: "The broker is not available.",
  client_identifier_not_valid: "The broker does not take this client id.",
  unsupported_protocol_version: "The broker does not speak the device's version of MQTT.",
  quota_exceeded: "The broker's quota is used up.",
  connection_rate_exceeded: "Connections come faster than the broker takes them.",
  use_another_server: "The broker sends the device to another server.",
};

/** What the reason of an event means, one sentence with a full stop; empty where there is none to tell. */
export function reasonSentence({ type, reason, broker }: Pick<AuditEvent, "type" | "reason" | "broker">): string {
  if (type === "connected") return "The device is connected.";
  if (reason === undefined || type === "change" || type === "service") return "";
  if (type === "disconnected") return `${capital(disconnectSentence(reason, broker))}.`;
  if (type === "guard") return own(guards, reason) ?? own(brokerGuards, reason) ?? own(denySentences, reason) ?? "";
  if (type === "connack" && broker === "emqx") return own(connackCodes, reason) ?? own(denySentences, reason) ?? "";
  return own(denySentences, reason) ?? own(connackCodes, reason) ?? "";
}

/** What to do about a refusal; `undefined` where the table of reasons has none. `<id>` stands for the device. */
export function reasonFix(reason: string | undefined): string | undefined {
  return reason !== undefined && Object.hasOwn(denyReasons, reason) ? denyReasons[reason as DenyReason].fix : undefined;
}

/** Every reason that events are looked up by; a broker of others may tell more, and a change has its operation's name. */
export const knownReasons: readonly string[] = [
  ...new Set([
    ...Object.keys(denyReasons),
    ...disconnectReasons,
    ...Object.keys(guards),
    ...Object.keys(brokerGuards),
    ...Object.keys(connackCodes),
  ]),
];

const denySentences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(denyReasons).map(([reason, { sentence }]) => [reason, sentence]),
);

function own(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
