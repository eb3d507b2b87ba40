import { parseEmqxEvents } from "../brokers/emqx/events.ts";
import type { AuditType, NewAuditEvent } from "./audit-event.ts";
import { fromBrokerProblem } from "./from-broker-problem.ts";
import { fromChange } from "./from-change.ts";
import { fromDecision } from "./from-decision.ts";
import { fromEmbeddedEvent } from "./from-embedded-event.ts";
import { fromStoreHealth } from "./from-store-health.ts";
import { fromTopicDenial } from "./from-topic-denial.ts";

/** 2026-03-01T09:12:30Z */
export const exampleTimeMs = Date.UTC(2026, 2, 1, 9, 12, 30);
const seconds = exampleTimeMs / 1000;

const clientId = "sensor-1";
const peerHost = "203.0.113.7";
const peer = { deviceId: "sensor-1", clientId, peerHost, protocolVersion: 4 } as const;
const emqxColumns = {
  timestamp: exampleTimeMs,
  clientid: clientId,
  peername: `${peerHost}:52918`,
  node: "emqx@10.0.0.5",
};
const byEmqx = { ...emqxColumns, sockname: "10.0.0.5:1883", client_attrs: { device: "sensor-1" } };

/**
 * Events of each type, made as the real ones are; the first is the one that is shown. Together they have every member
 * that events of the type can have.
 */
export const exampleEvents: Readonly<Record<AuditType, readonly NewAuditEvent[]>> = {
  connect: [
    decision({
      result: "deny",
      reason: "token_expired",
      detail: "exp is 3 min ago",
      hints: [{ code: "clock_offset", text: "The device's clock is about 3 min slow." }],
      scheme: "jwt",
      deviceId: "sensor-1",
      token: { iat: seconds - 3780, exp: seconds - 180 },
    }),
    decision({
      ...{ result: "deny", reason: "bad_password", detail: "", hints: [], scheme: "password" },
      claimedId: "sensor-1",
    }),
    decision({
      ...{ result: "allow", deviceId: "sensor-1", scheme: "jwt", keyId: "jwt-1", acl: [], clientAttrs: {} },
      token: { iat: seconds, exp: seconds + 3600 },
    }),
  ],
  connack: [
    ...emqx({ event: "client.connack", ...byEmqx, client_attrs: {}, reason_code: "banned", proto_ver: 4 }),
    ...embedded({ type: "refused", reason: "client_id_in_use", by: "broker", ...peer }),
  ],
  connected: [
    ...embedded({ type: "connected", ...peer }),
    ...emqx({ event: "client.connected", ...byEmqx, proto_ver: 5 }),
    ...emqx({ event: "client.connected", ...byEmqx, client_attrs: {}, proto_ver: 5 }),
  ],
  disconnected: [
    ...emqx({ event: "client.disconnected", ...byEmqx, reason: "keepalive_timeout" }),
    ...emqx({ event: "client.disconnected", ...byEmqx, client_attrs: {}, reason: "normal" }),
    ...embedded({ type: "disconnected", reason: "by_client", ...peer }),
  ],
  publish_denied: [
    ...embedded({ type: "publish_denied", topic: "devices/other/up", qos: 0, retain: false, will: false, ...peer }),
    ...emqx({ ...byEmqx, ...authz("publish"), client_attrs: {} }),
    topicDenial("publish"),
  ],
  subscribe_denied: [
    topicDenial("subscribe"),
    ...embedded({ type: "subscribe_denied", filter: "#", qos: 0, byBroker: false, ...peer }),
    ...emqx({ ...byEmqx, ...authz("subscribe"), client_attrs: {} }),
  ],
  guard: [
    ...embedded({ type: "guard", guard: "handshake_failed", times: 41, peerHost, detail: "no shared cipher" }),
    ...embedded({ type: "guard", guard: "queue_full", times: 1, clientId, peerHost }),
    fromBrokerProblem({ broker: "emqx", reason: "malformed_request", detail: "connected: no clientid" }),
  ],
  change: [fromChange("device.disable", "api:ci", { deviceId: "sensor-1", detail: "status active → disabled" })],
  service: [
    fromStoreHealth({ state: "full", detail: "The disk is full: nothing can be written. Make room on it." }),
    { type: "service", reason: "started", detail: "mqtt://127.0.0.1:1883", actor: "connack" },
  ],
};

function decision(made: Parameters<typeof fromDecision>[0]["decision"]): NewAuditEvent {
  const request = { clientId, username: "", password: "", peerHost, listener: "embedded:tls" };
  return fromDecision({ broker: "embedded", decision: made, request, latencyMs: 0.031 }, () => true);
}

function embedded(event: Parameters<typeof fromEmbeddedEvent>[0]): NewAuditEvent[] {
  const made = fromEmbeddedEvent(event);
  return made === undefined ? [] : [made];
}

function emqx(columns: Record<string, unknown>): NewAuditEvent[] {
  return parseEmqxEvents({ body: Buffer.from(JSON.stringify(columns)) }, exampleTimeMs).events;
}

function authz(action: "publish" | "subscribe"): Record<string, unknown> {
  const event = "client.check_authz_complete";
  return { event, action, topic: "devices/other/up", result: "deny", authz_source: "default" };
}

function topicDenial(action: "publish" | "subscribe"): NewAuditEvent {
  const topic = "devices/other/up";
  const request =
    action === "publish" ? ({ action, topic, qos: 0, retain: false } as const) : ({ action, topic, qos: 0 } as const);
  return fromTopicDenial({
    broker: "emqx",
    decision: {
      ...{ result: "deny", deviceId: "sensor-1", reason: `${action}_denied` },
      detail: "closing rule: what nothing allows is denied",
    },
    question: { deviceId: "sensor-1", clientId, username: "", attributes: {}, request },
  });
}
