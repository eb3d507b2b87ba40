import { denyReasons } from "@connack/credentials";
import type { DenyAction } from "../brokers/embedded/broker-context.ts";
import type { EmbeddedBrokerEvent } from "../brokers/embedded/embedded-broker-event.ts";
import { quoteWord } from "../operations/quote-word.ts";

type TopicDenied = Extract<EmbeddedBrokerEvent, { type: "publish_denied" | "subscribe_denied" }>;

/** What to log of a denial at the embedded broker: what happened, what came of it, and lines that can be pasted. */
export function describeTopicDenial(event: TopicDenied, denyAction: DenyAction): { sentence: string; fix: string } {
  const { sentence, fix } = denyReasons[event.type];
  const topic = event.type === "publish_denied" ? event.topic : event.filter;
  return {
    sentence: `${sentence} ${outcome(event, denyAction === "disconnect")}`,
    fix: fix.replaceAll("<id>", () => quoteWord(event.deviceId)).replace(/<topic>|<filter>/, () => quoteWord(topic)),
  };
}

/** A will, and what the broker itself subscribes to, never end the connection. */
function outcome(event: TopicDenied, endsConnection: boolean): string {
  if (event.type === "publish_denied" && event.will) return "Its will is dropped; the connection is not ended.";
  if (event.type === "subscribe_denied" && event.byBroker) return "The broker did not subscribe for it.";
  if (endsConnection) return "The connection was ended.";
  return event.type === "publish_denied" ? "The message was dropped." : "The subscription was not made.";
}
