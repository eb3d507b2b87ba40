import type { IncomingMessage } from "node:http";
import type { ConnectRequest, Decision } from "@connack/credentials";
import { deny } from "../authn/deny.ts";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { readBody } from "./read-body.ts";

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
  const read = await readBody(message);
  const begin = performance.now();
  const question = parseQuestion(adapter, access, message, read);
  const malformed = "malformed" in question;
  const decision = malformed ? deny(question.malformed, question.detail) : await parts.decideConnect(question);
  const reply = adapter.formatAuthnResponse(decision, Math.floor(parts.nowMs() / 1000));
  const request = malformed || !("clientId" in question) ? undefined : question;
  parts.onDecision({ broker: adapter.name, decision, request, latencyMs: performance.now() - begin });
  return { ...reply, closeConnection: !read.ok && read.closeConnection };
}

function parseQuestion(
  adapter: BrokerAdapter,
  access: Access,
  message: IncomingMessage,
  read: Awaited<ReturnType<typeof readBody>>,
):
  | ConnectRequest
  | {
      malformed: "malformed_request" | "request_too_large" | "broker_not_authorized" | "bad_client_id";
      detail: string;
    } {
  if (access.caller === "stranger") {
    const detail = `from ${message.socket.remoteAddress ?? "?"}: ${access.why}`;
    return { malformed: "broker_not_authorized", detail };
  }
  if (!read.ok) return { malformed: "request_too_large", detail: "the body is larger than 16 KiB" };
  const [type = ""] = (message.headers["content-type"] ?? "").split(";", 1);
  return adapter.parseAuthnRequest({
    contentType: type.trim().toLowerCase(),
    body: read.body,
    brokerProven: access.caller === "proven broker",
  });
}
