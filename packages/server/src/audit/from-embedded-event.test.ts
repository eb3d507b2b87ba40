import { describe, expect, it } from "vitest";
import type { EmbeddedBrokerEvent } from "../brokers/embedded/embedded-broker-event.ts";
import { fromEmbeddedEvent } from "./from-embedded-event.ts";

const peer = { clientId: "c-1", peerHost: "203.0.113.7", protocolVersion: 4 } as const;
const about = { broker: "embedded", clientId: "c-1", address: "203.0.113.7" };
const device = { ...about, deviceId: "sensor-1" };
const denied = { deviceId: "sensor-1", qos: 1, ...peer } as const;

describe("an event of the embedded broker", () => {
  it.each<[string, EmbeddedBrokerEvent, object]>([
    [
      "connected",
      { type: "connected", deviceId: "sensor-1", ...peer },
      { type: "connected", ...device, detail: "MQTT 3.1.1" },
    ],
    [
      "disconnected",
      { type: "disconnected", deviceId: "sensor-1", reason: "keep_alive_timeout", ...peer },
      { type: "disconnected", reason: "keep_alive_timeout", ...device },
    ],
    [
      "refused by the broker itself",
      { type: "refused", reason: "client_id_in_use", by: "broker", deviceId: "sensor-1", ...peer },
      { type: "connack", result: "deny", reason: "client_id_in_use", ...device, detail: "MQTT 3.1.1" },
    ],
    [
      "refused before it said its version, and gone before its address was known",
      { type: "refused", reason: "malformed_request", by: "broker", clientId: "", peerHost: "" },
      { type: "connack", result: "deny", reason: "malformed_request", broker: "embedded" },
    ],
    [
      "a denied publish",
      { type: "publish_denied", topic: "t/x", retain: false, will: false, ...denied },
      {
        type: "publish_denied",
        result: "deny",
        reason: "publish_denied",
        ...device,
        topic: "t/x",
        detail: "MQTT 3.1.1, QoS 1",
      },
    ],
    [
      "a denied will",
      { type: "publish_denied", topic: "t/x", retain: true, will: true, ...denied, protocolVersion: 5 },
      {
        type: "publish_denied",
        result: "deny",
        reason: "publish_denied",
        ...device,
        topic: "t/x",
        detail: "MQTT 5, QoS 1, retained, its will",
      },
    ],
    [
      "a denied filter",
      { type: "subscribe_denied", filter: "#", byBroker: false, ...denied },
      {
        type: "subscribe_denied",
        result: "deny",
        reason: "subscribe_denied",
        ...device,
        topic: "#",
        detail: "MQTT 3.1.1, QoS 1",
      },
    ],
    [
      "a denied filter that the broker subscribed to",
      { type: "subscribe_denied", filter: "#", byBroker: true, ...denied },
      {
        type: "subscribe_denied",
        result: "deny",
        reason: "subscribe_denied",
        ...device,
        topic: "#",
        detail: "MQTT 3.1.1, QoS 1, subscribed by the broker for the device",
      },
    ],
    [
      "a guard",
      { type: "guard", guard: "malformed_packet", times: 1, clientId: "c-1", peerHost: "203.0.113.7" },
      { type: "guard", reason: "malformed_packet", ...about },
    ],
    [
      "a guard that was met often",
      { type: "guard", guard: "handshake_failed", times: 41, peerHost: "203.0.113.7", detail: "no shared cipher" },
      {
        type: "guard",
        reason: "handshake_failed",
        broker: "embedded",
        address: "203.0.113.7",
        detail: "no shared cipher, 41 times since this was told last",
      },
    ],
  ])("%s", (_, event, expected) => {
    expect(fromEmbeddedEvent(event)).toEqual(expected);
  });

  it("is none for what was decided: that has its own", () => {
    const refused = { type: "refused", reason: "bad_password", by: "decision", deviceId: "sensor-1", ...peer } as const;
    expect(fromEmbeddedEvent(refused)).toBeUndefined();
  });

  it("keeps no token that stands for the client id, and no long texts", () => {
    const clientId = `eyJhbGciOiJIUzI1NiJ9.${"e30".repeat(30)}.${"x".repeat(43)}`;
    const told = fromEmbeddedEvent({
      type: "publish_denied",
      topic: "t\n".repeat(9000),
      retain: false,
      will: false,
      ...denied,
      clientId,
    });
    expect(told).toMatchObject({ clientId: "(looks like a token)" });
    expect(told?.topic).toHaveLength(256);
    expect(told?.topic).not.toContain("\n");
  });
});
