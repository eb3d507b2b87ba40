import type { ConnectRequest, Decision } from "@connack/credentials";
import { deny } from "../authn/deny.ts";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { type ReadMessage, readCallback } from "./read-callback.ts";

export interface AuthnRouteParts {
  decideConnect(request: ConnectRequest): Decision | Promise<Decision>;
  /** Told of every decision, for log and audit. `latencyMs` counts from the complete request to the decision. */
  onDecision(event: DecisionEvent): void;
  nowMs(): number;
}

export interface DecisionEvent {
  /** The dialect the question was asked in; `http` where no question could be found. */
  broker: string;
  decision: Decision;
  request: ConnectRequest | undefined;
  latencyMs: number;
}

/**
 * One "may this device connect?" over HTTP: parse, decide, answer in the broker's dialect. Whatever is wrong with the
 * question is a denial: EMQX takes anything else for "ask someone else".
 */
export function answerAuthn(
  parts: AuthnRouteParts,
  adapter: BrokerAdapter,
  access: Access,
  message: ReadMessage,
): CallbackReply | Promise<CallbackReply> {
  const question = readCallback(message, access, adapter.parseAuthnRequest);
  if ("malformed" in question) return answer(deny(question.malformed, question.detail), undefined);
  const decision = parts.decideConnect(question);
  return decision instanceof Promise ? decision.then((made) => answer(made, question)) : answer(decision, question);

  function answer(decision: Decision, request: ConnectRequest | undefined): CallbackReply {
    const reply = adapter.formatAuthnResponse(decision, Math.floor(parts.nowMs() / 1000));
    parts.onDecision({ broker: adapter.name, decision, request, latencyMs: performance.now() - message.readAt });
    return reply;
  }
}
