import type { DenyAction } from "./brokers/embedded/broker-context.ts";
import type { EmbeddedBrokerEvent } from "./brokers/embedded/embedded-broker-event.ts";
import type { DecisionEvent } from "./http/authn-route.ts";
import type { TopicDenial } from "./http/authz-route.ts";
import type { House } from "./open-house.ts";
import { createLogDecisions } from "./telemetry/log-decisions.ts";
import { logEmbeddedEvent } from "./telemetry/log-embedded-event.ts";
import { createLogTopicDenials } from "./telemetry/log-topic-denials.ts";
import type { Logger } from "./telemetry/logger.ts";

/** Everything that happens passes here, after the reply: into the log, the audit and the metrics. */
export interface Observer {
  decision(event: DecisionEvent): void;
  topicDenied(event: TopicDenial): void;
  embeddedEvent(event: EmbeddedBrokerEvent): void;
}

export function createObserver(
  { nowMs, metrics }: Pick<House, "nowMs" | "audit" | "metrics" | "registry">,
  logger: Logger,
  denyAction: DenyAction,
): Observer {
  const logDecision = createLogDecisions(logger, nowMs);
  const logTopicDenial = createLogTopicDenials(logger, nowMs);
  return {
    decision(event) {
      logDecision(event);
      metrics.decided(event);
    },
    topicDenied(event) {
      logTopicDenial(event);
      metrics.topicDenied(event.broker, event.decision.reason);
    },
    embeddedEvent(event) {
      logEmbeddedEvent(logger, event, denyAction);
      if (event.type === "publish_denied" || event.type === "subscribe_denied")
        metrics.topicDenied("embedded", event.type);
    },
  };
}
