import type { LoggedTopicDenial } from "../telemetry/log-topic-denials.ts";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventClientId, eventText } from "./event-text.ts";
import { fromBrokerProblem } from "./from-broker-problem.ts";

/**
 * The event of a topic that a broker asked about and that was denied. A question that could not be read, of which it is
 * not even known whether it was about a publish, is a `guard`.
 */
export function fromTopicDenial({ broker, decision, question }: LoggedTopicDenial): NewAuditEvent {
  const { reason, detail } = decision;
  if (question === undefined) return fromBrokerProblem({ broker, reason, detail });
  const { deviceId, clientId, request } = question;
  const event: NewAuditEvent = {
    type: request.action === "publish" ? "publish_denied" : "subscribe_denied",
    broker,
    result: "deny",
    reason,
    deviceId: eventText(deviceId),
    clientId: eventClientId(clientId),
    topic: eventText(request.topic),
  };
  if (detail !== "") event.detail = eventText(detail, longestDetail);
  return event;
}

const longestDetail = 1000;
