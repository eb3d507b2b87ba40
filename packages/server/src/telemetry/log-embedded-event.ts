import type { DenyAction } from "../brokers/embedded/broker-context.ts";
import type { EmbeddedBrokerEvent } from "../brokers/embedded/embedded-broker-event.ts";
import { loggableClientId } from "./log-decisions.ts";
import type { Logger } from "./logger.ts";
import { describeTopicDenial } from "./topic-denial.ts";

/** A message that was not let through is a warning: an MQTT 3.1.1 device never learns of it. */
export function logEmbeddedEvent(logger: Logger, event: EmbeddedBrokerEvent, denyAction: DenyAction): void {
  if (event.type === "publish_denied" || event.type === "subscribe_denied") {
    const { sentence, fix } = describeTopicDenial(event, denyAction);
    logger.warn({ ...loggableEvent(event), fix }, `embedded broker: ${sentence}`);
  } else if (event.type === "guard" && handshakeGuards.has(event.guard)) {
    logger.info(event, `embedded broker: ${event.detail}`);
  } else logger.debug(loggableEvent(event), `embedded broker: ${event.type}`);
}

/** A device that comes no further than this is in no other record. */
const handshakeGuards: ReadonlySet<string> = new Set(["handshake_failed", "certificate_not_verified"]);

/** A client id may be a token by mistake, also in an event. */
function loggableEvent(event: EmbeddedBrokerEvent): object {
  return "clientId" in event && event.clientId !== undefined
    ? { ...event, clientId: loggableClientId(event.clientId) }
    : event;
}
