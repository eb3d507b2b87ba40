import type { TopicDecision, TopicQuestion } from "@connack/credentials";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { type ReadMessage, readCallback } from "./read-callback.ts";

export interface AuthzRouteParts {
  decideTopic(question: TopicQuestion): Promise<TopicDecision>;
  /** Told of every denial: at QoS 0 the device never learns of it. */
  onTopicDenied(event: TopicDenial): void;
}

export interface TopicDenial {
  broker: string;
  decision: Extract<TopicDecision, { result: "deny" }>;
  question: TopicQuestion | undefined;
}

/** One "may it use this topic?" over HTTP. Whatever is wrong with the question is a denial. */
export async function answerAuthz(
  parts: AuthzRouteParts,
  adapter: BrokerAdapter,
  access: Access,
  message: ReadMessage,
): Promise<CallbackReply> {
  const question = readCallback(message, access, adapter.parseAuthzRequest);
  if ("malformed" in question) {
    const { malformed: reason, detail } = question;
    const decision = { result: "deny", deviceId: "", reason, detail } as const;
    parts.onTopicDenied({ broker: adapter.name, decision, question: undefined });
    return adapter.formatAuthzResponse(decision);
  }
  const decision = await parts.decideTopic(question);
  if (decision.result === "deny") parts.onTopicDenied({ broker: adapter.name, decision, question });
  return adapter.formatAuthzResponse(decision);
}
