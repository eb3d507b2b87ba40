import type { DenyReason } from "@connack/credentials";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventText } from "./event-text.ts";

/** What came in a broker's name and could not be used: a question about a topic, or events. */
export interface BrokerProblem {
  broker: string;
  reason: DenyReason;
  detail: string;
}

/** The event of it: whoever sent it is set up wrongly, or is no broker of ours. */
export function fromBrokerProblem({ broker, reason, detail }: BrokerProblem): NewAuditEvent {
  return { type: "guard", broker, reason, detail: eventText(detail, 1000) };
}
