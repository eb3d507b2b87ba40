import type { EmbeddedBrokerEvent } from "../brokers/embedded/embedded-broker-event.ts";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventClientId, eventText } from "./event-text.ts";

/**
 * What happened at the embedded broker, as an event; `undefined` for a refusal that was our own decision, which has an
 * event already.
 */
export function fromEmbeddedEvent(event: EmbeddedBrokerEvent): NewAuditEvent | undefined {
  switch (event.type) {
    case "connected":
      return { type: "connected", ...peerOf(event), ...detailOf(versionText(event)) };
    case "disconnected":
      return { type: "disconnected", reason: event.reason, ...peerOf(event) };
    case "refused":
      if (event.by === "decision") return undefined;
      return { type: "connack", ...denied(event.reason), ...peerOf(event), ...detailOf(versionText(event)) };
    case "publish_denied":
      return { type: event.type, ...denied(event.type), ...peerOf(event), ...topicOf(event.topic, publishText(event)) };
    case "subscribe_denied":
      return {
        type: event.type,
        ...denied(event.type),
        ...peerOf(event),
        ...topicOf(event.filter, subscribeText(event)),
      };
    case "guard":
      return { type: "guard", reason: event.guard, ...peerOf(event), ...detailOf(guardText(event)) };
  }
}

type Of<Type extends EmbeddedBrokerEvent["type"]> = Extract<EmbeddedBrokerEvent, { type: Type }>;

function peerOf(event: { deviceId?: string; clientId?: string; peerHost?: string }): Partial<NewAuditEvent> {
  const { deviceId, clientId, peerHost } = event;
  return {
    broker: "embedded",
    ...(deviceId !== undefined && { deviceId: eventText(deviceId) }),
    ...(clientId && { clientId: eventClientId(clientId) }),
    ...(peerHost && { address: peerHost }),
  };
}

/** Found by `result` like our own refusals. */
function denied(reason: string): Pick<NewAuditEvent, "result" | "reason"> {
  return { result: "deny", reason };
}

function topicOf(topic: string, detail: string): Partial<NewAuditEvent> {
  return { topic: eventText(topic), detail };
}

function detailOf(detail: string): Partial<NewAuditEvent> {
  return detail === "" ? {} : { detail };
}

const versions = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5" } as const;

function versionText({ protocolVersion }: { protocolVersion?: 3 | 4 | 5 }): string {
  return protocolVersion === undefined ? "" : versions[protocolVersion];
}

function publishText(event: Of<"publish_denied">): string {
  const { qos, retain, will } = event;
  return listed(versionText(event), `QoS ${qos}`, retain ? "retained" : "", will ? "its will" : "");
}

function subscribeText(event: Of<"subscribe_denied">): string {
  return listed(
    versionText(event),
    `QoS ${event.qos}`,
    event.byBroker ? "subscribed by the broker for the device" : "",
  );
}

/** One event of a guard may stand for several of the last second. */
function guardText({ detail, times }: Of<"guard">): string {
  const more = times > 1 ? `${times} times since this was told last` : "";
  return eventText(listed(detail ?? "", more), 1000);
}

function listed(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
