import type { IncomingMessage } from "node:http";
import type { ConnectRequest, Decision } from "@connack/credentials";
import { deny } from "../authn/deny.ts";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { readCallback } from "./read-callback.ts";

export interface AuthnRouteParts {
  decideConnect(request: ConnectRequest): Promise<Decision>;
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

export interface AuthnReply extends CallbackReply {
  closeConnection: boolean;
}

/**
 * One "may this device connect?" over HTTP: read, parse, decide, answer in the broker's dialect. Whatever is wrong
 * with the question is a denial: EMQX takes anything else for "ask someone else".
 */
export async function answerAuthn(
  parts: AuthnRouteParts,
  adapter: BrokerAdapter,
  access: Access,
  message: IncomingMessage,
): Promise<AuthnReply> {
  const { question, readAt, closeConnection } = await readCallback(message, access, (callback) =>
    adapter.parseAuthnRequest(callback),
  );
  const malformed = "malformed" in question;
  const decision = malformed ? deny(question.malformed, question.detail) : await parts.decideConnect(question);
  const reply = adapter.formatAuthnResponse(decision, Math.floor(parts.nowMs() / 1000));
  const request = malformed ? undefined : question;
  parts.onDecision({ broker: adapter.name, decision, request, latencyMs: performance.now() - readAt });
  const { status, contentType, body } = reply;
  return { status, contentType, body, closeConnection };
}
