import type { AuditType, NewAuditEvent } from "./audit/audit-event.ts";
import { fromBrokerProblem } from "./audit/from-broker-problem.ts";
import { fromDecision } from "./audit/from-decision.ts";
import { fromEmbeddedEvent } from "./audit/from-embedded-event.ts";
import { fromTopicDenial } from "./audit/from-topic-denial.ts";
import { OwnRefusals } from "./audit/own-refusals.ts";
import type { EventOrigin } from "./brokers/broker-adapter.ts";
import type { DenyAction } from "./brokers/embedded/broker-context.ts";
import type { EmbeddedBrokerEvent } from "./brokers/embedded/embedded-broker-event.ts";
import { EventBudget } from "./brokers/emqx/live/event-budget.ts";
import { EventCounts } from "./brokers/emqx/live/event-counts.ts";
import { ToldTwice } from "./brokers/emqx/live/told-twice.ts";
import type { DecisionEvent } from "./http/authn-route.ts";
import type { TopicDenial } from "./http/authz-route.ts";
import type { ToldByBroker } from "./http/events-route.ts";
import type { House } from "./open-house.ts";
import { createLogBrokerEvents } from "./telemetry/log-broker-events.ts";
import { createLogDecisions } from "./telemetry/log-decisions.ts";
import { logEmbeddedEvent } from "./telemetry/log-embedded-event.ts";
import { createLogTopicDenials } from "./telemetry/log-topic-denials.ts";
import type { Logger } from "./telemetry/logger.ts";

interface Peeking {
  registry: Pick<House["registry"], "peek">;
}

/** Everything that happens passes here, after the reply: into the log, the audit and the metrics. */
export interface Observer {
  decision(event: DecisionEvent): void;
  topicDenied(event: TopicDenial): void;
  embeddedEvent(event: EmbeddedBrokerEvent): void;
  /** Events that a broker sent over HTTP, or what kept them from being read. */
  toldByBroker(told: ToldByBroker): void;
}

export interface ObserverOptions {
  /** Counts what brokers tell. */
  counts?: EventCounts;
  /** Told of each event of a broker that is new, once. */
  onBrokerEvent?(event: NewAuditEvent, origin: EventOrigin): void;
  /** How many events of brokers are looked at. */
  eventRate?: ConstructorParameters<typeof EventBudget>[2];
}

export function createObserver(
  { nowMs, audit, metrics, registry }: Pick<House, "nowMs" | "audit" | "metrics"> & Peeking,
  logger: Logger,
  denyAction: () => DenyAction,
  { counts = new EventCounts(), onBrokerEvent, eventRate }: ObserverOptions = {},
): Observer {
  const logDecision = createLogDecisions(logger, nowMs);
  const logTopicDenial = createLogTopicDenials(logger, nowMs);
  const logBrokerEvents = createLogBrokerEvents(logger, nowMs);
  const ownRefusals = new OwnRefusals(nowMs);
  const toldTwice = new ToldTwice();
  const budget = new EventBudget(nowMs, tellLeftOut, eventRate);
  const isKnown = (deviceId: string) => registry.peek(deviceId)?.device !== undefined;
  return {
    decision(event) {
      logDecision(event);
      metrics.decided(event);
      const happened = fromDecision(event, isKnown);
      // The embedded broker says itself which refusals were ours.
      if (event.broker !== "embedded") {
        if (happened.result === "allow") counts.allowed(nowMs());
        else if (happened.clientId !== undefined) ownRefusals.note(happened.clientId);
      }
      audit.record(happened);
    },
    topicDenied(event) {
      logTopicDenial(event);
      metrics.topicDenied(event.broker, event.question?.request.action, event.decision.reason);
      audit.record(fromTopicDenial(event));
    },
    embeddedEvent(event) {
      logEmbeddedEvent(logger, event, denyAction());
      const happened = fromEmbeddedEvent(event);
      if (happened !== undefined) audit.record(happened);
    },
    toldByBroker({ broker, events, origins, passedOver = 0, problem }) {
      counts.came("other", passedOver, nowMs());
      const news = events.filter((event, index) => isNew(event, origins?.[index]));
      logBrokerEvents({ broker, events: news, ...(problem && { problem }) });
      for (const event of news) {
        const action = topicActions[event.type];
        if (action !== undefined) metrics.topicDenied(broker, action, event.type);
        audit.record(event);
      }
      if (problem) audit.record(fromBrokerProblem({ broker, ...problem }));
    },
  };

  /** Whether it did not come before, is not what we decided ourselves, and there is time for it. */
  function isNew(event: NewAuditEvent, origin: EventOrigin | undefined): boolean {
    counts.came(origin?.kind ?? event.type, 1, nowMs());
    if (origin?.delivery !== undefined && toldTwice.has(origin.delivery)) {
      counts.doubled = toldTwice.count;
      return false;
    }
    if (origin) onBrokerEvent?.(event, origin);
    if (isOwnRefusal(event)) return false;
    const isWithin = budget.take();
    counts.leftOut = budget.leftOut;
    return isWithin;
  }

  /** One line, however many there are. */
  function tellLeftOut(times: number): void {
    const detail = `${times} more events of brokers than are looked at; they are counted and not kept`;
    logger.warn({ times }, detail);
    audit.record({ type: "guard", broker: "emqx", reason: "too_many_broker_events", detail });
  }

  function isOwnRefusal({ type, reason, clientId }: NewAuditEvent): boolean {
    return type === "connack" && reason === "not_authorized" && clientId !== undefined && ownRefusals.take(clientId);
  }
}

const topicActions: Partial<Record<AuditType, "publish" | "subscribe">> = {
  publish_denied: "publish",
  subscribe_denied: "subscribe",
};
