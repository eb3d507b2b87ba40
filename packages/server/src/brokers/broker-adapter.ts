import type { ConnectRequest, Decision, DenyReason, TopicDecision, TopicQuestion } from "@connack/credentials";
import type { NewAuditEvent } from "../audit/audit-event.ts";

/** One HTTP callback of a broker, read completely. */
export interface CallbackRequest {
  /** Media type without parameters, lower case. */
  contentType: string;
  body: Buffer;
  /** Whether the caller proved to be our broker (bearer token). Only then does a certificate in the body count. */
  brokerProven: boolean;
}

export interface CallbackReply {
  status: number;
  contentType: string;
  body: string;
}

/** A question that could not be read; answered with a denial in the broker's own dialect. */
export interface MalformedRequest {
  malformed: Extract<DenyReason, "malformed_request" | "request_too_large" | "bad_client_id">;
  detail: string;
}

/** What a broker told of what happened there. */
export interface BrokerEvents {
  events: NewAuditEvent[];
  /** Why the body, or some of the events in it, could not be read; one sentence. */
  malformed?: string;
}

/** One broker's dialect of "may this device connect?" and "may it use this topic?". Pure: no I/O, never throws. */
export interface BrokerAdapter {
  name: string;
  parseAuthnRequest(callback: CallbackRequest): ConnectRequest | MalformedRequest;
  formatAuthnResponse(decision: Decision, nowSeconds: number): CallbackReply;
  parseAuthzRequest(callback: CallbackRequest): TopicQuestion | MalformedRequest;
  formatAuthzResponse(decision: Pick<TopicDecision, "result">): CallbackReply;
  /** For brokers that tell what happens there. What is of no interest is left out without a word. */
  parseEvents?(callback: CallbackRequest, nowMs: number): BrokerEvents;
}
